import { defaultDataConverter } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../../src/activities/create-activities';
import { workerOptions } from '../../src/temporal/worker-options';

// A worker process for freezes.ts: production's options but for a cache that holds few of the runs, so that nearly
// every workflow task replays one. Meld accepts every call, and its data never comes.

const { TEMPORAL_ADDRESS: address = '', ISOLATE_TIMEOUT: timeout } = process.env;

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    ...workerOptions({
      connection,
      namespace: 'default',
      taskQueue: 'meld-refresh',
      activities: createActivities({
        meld: {
          getConnection: (id) =>
            Promise.resolve({
              reply: 'ok',
              value: {
                id,
                status: 'ACTIVE',
                statusReason: null,
                serviceProvider: 'PLAID',
                institutionName: null,
                customerId: null,
                products: ['BALANCES', 'TRANSACTIONS'],
                optionalProducts: [],
                successfullyAggregatedAt: null,
              },
            }),
          refresh: () => Promise.resolve({ answer: 'accepted', httpStatus: 200, requestId: null }),
        },
      }),
      dataConverter: defaultDataConverter,
      longestCallMs: 1_000,
    }),
    workflowsPath: require.resolve('../../src/workflows/workflows'),
    maxCachedWorkflows: 10,
    ...(timeout !== undefined && ({ isolateExecutionTimeout: timeout } as object)),
  });
  process.stdout.write('ready\n');
  await worker.run();
}

void main();
