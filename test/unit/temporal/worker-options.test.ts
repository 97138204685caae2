import { readFileSync } from 'node:fs';
import path from 'node:path';
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

test.each(['workflow-bundle.js', 'workflow-bundle.encoded-failures.js'])(
  'the build’s %s evaluates the modules of the workflow once for a worker',
  (file) => {
    const code = readFileSync(path.join(__dirname, '../../../dist', file), 'utf8');
    const [, preloaded = ''] = /function preloadModules\(\) \{(.*?)\n\}/s.exec(code) ?? [];
    expect(preloaded).toContain('dist/workflows/workflows.js');
    // What cannot be decoded must not stop a run.
    expect(code.includes('dist/temporal/payload-converter.js')).toBe(true);
  },
);
