import { defaultDataConverter, noopMetricMeter } from '@temporalio/common';
import { DefaultLogger } from '@temporalio/worker';
import { compileWorkerOptions } from '@temporalio/worker/lib/worker-options';
import { workerOptions } from '../../../src/temporal/worker-options';

test('the SDK heeds the isolate’s timeout, which no type of it names', () => {
  const options = workerOptions({
    connection: null as never,
    namespace: 'default',
    taskQueue: 'meld-refresh',
    activities: {},
    dataConverter: defaultDataConverter,
    longestCallMs: 25_000,
    tuning: { readsPerSecond: null, maxCachedWorkflows: 1, maxActivities: 1, maxPollers: 1 },
  });
  const compiled = compileWorkerOptions(options, new DefaultLogger(), noopMetricMeter);
  expect(compiled.isolateExecutionTimeoutMs).toBe(60_000);
});
