import { Worker } from '@temporalio/worker';
import { createActivities } from '../src/activities/create-activities';
import { makeLogger } from '../src/lib/logger';
import { shutdownSignal } from '../src/lib/shutdown-signal';
import { runMain } from '../src/lib/run-main';
import { makeMeldClient } from '../src/meld/meld-client';
import { connectWorker } from '../src/temporal/connect-worker';
import { makeDataConverter } from '../src/temporal/data-converter';
import { installRuntime } from '../src/temporal/runtime';
import { createWorkers } from '../src/temporal/refresh-workers';
import { workerOptions } from '../src/temporal/worker-options';
import { DEFAULT_TASK_QUEUE } from '../src/workflows/messages';
import * as floorActivities from './floor/activities';
import { FLOOR_TASK_QUEUE } from './floor/names';

const CALL_MS = 20_000;
/** As without a variable. */
const TUNING = { readsPerSecond: null, maxCachedWorkflows: 2_000, maxActivities: 100, maxPollers: 100 };

/** `worker.ts floor|product BUNDLE [CACHE]`: both with the options of production; only bundle, queue and cache differ. */
runMain(async () => {
  const [kind, codePath = '', cache] = process.argv.slice(2);
  const address = process.env['TEMPORAL_ADDRESS'] ?? '';
  const namespace = 'default';
  const metricsAddress = process.env['METRICS_ADDRESS'] ?? null;
  installRuntime({ logger: makeLogger({ name: 'worker', level: 'info', secrets: [] }), metricsAddress });
  const connection = await connectWorker({ address, namespace, connectionOptions: { address } });
  const meld = makeMeldClient({
    baseUrl: process.env['MELD_BASE_URL'] ?? '',
    apiKey: process.env['MELD_API_KEY'] ?? '',
  });
  const options = {
    ...workerOptions({
      connection,
      namespace,
      taskQueue: kind === 'floor' ? FLOOR_TASK_QUEUE : DEFAULT_TASK_QUEUE,
      activities: kind === 'floor' ? floorActivities : createActivities({ meld }),
      dataConverter: makeDataConverter([]),
      longestCallMs: CALL_MS,
      tuning: TUNING,
    }),
    workflowBundle: { codePath },
    ...(cache !== undefined && { maxCachedWorkflows: Number(cache) }),
  };
  const workers = await (kind === 'floor' ? Worker.create(options) : createWorkers(options));
  void shutdownSignal().then(() => workers.shutdown());
  await workers.run();
  await meld.close();
  await connection.close();
  return 0;
});
