import { readFileSync } from 'node:fs';
import path from 'node:path';
import { WORKER_METRICS } from '../../../src/refresh/model/metrics';
import { makeServerMetrics } from '../../../src/server/plugins/metrics';
import { documentedMetrics } from './documented-metrics';

test('the operations page lists the metrics of the server with type and labels', () => {
  const served = makeServerMetrics()
    .registry.getMetricsAsArray()
    .map((metric) => ({
      name: metric.name,
      type: metric.constructor.name.toLowerCase(),
      labels: Reflect.get(metric, 'labelNames') as unknown,
    }));
  expect(documentedMetrics('Server')).toEqual(served);
});

test('the operations page lists the metrics of the worker with type and labels', () => {
  const counted = Object.values(WORKER_METRICS).map(({ name, type, labels }) => ({
    name,
    type,
    labels: Object.keys(labels),
  }));
  expect(documentedMetrics('Worker')).toEqual(counted);
});

test('the SDK that is installed has the metrics that the operations page lists of it', () => {
  const crates = path.join(__dirname, '../../../node_modules/@temporalio/core-bridge/sdk-core/crates');
  const sources = [
    'sdk-core/src/telemetry/metrics.rs',
    'common/src/telemetry/metrics.rs',
    'client/src/metrics.rs',
  ];
  const text = sources.map((file) => readFileSync(path.join(crates, file), 'utf8')).join('');
  const listed = documentedMetrics('SDK').map(({ name }) => name.replace(/^temporal_/, ''));
  expect(listed.length).toBeGreaterThan(8);
  expect(listed.filter((name) => !text.includes(`"${name}"`))).toEqual([]);
});
