import { defaultDataConverter } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../../src/activities/create-activities';
import { createWorkers } from '../../src/temporal/refresh-workers';
import { workerOptions } from '../../src/temporal/worker-options';

// A worker process for freezes.ts: production's options but for a cache that holds few of the runs, so that nearly
// every workflow task replays one. Meld accepts every call, and its data never comes.

const { TEMPORAL_ADDRESS: address = '', ISOLATE_TIMEOUT: timeout } = process.env;

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address });
  const workers = await createWorkers({
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
      tuning: { readsPerSecond: null, maxCachedWorkflows: 10, maxActivities: 100, maxPollers: 100 },
    }),
    ...(timeout !== undefined && ({ isolateExecutionTimeout: timeout } as object)),
  });
  process.stdout.write('ready\n');
  await workers.run();
}

void main();
