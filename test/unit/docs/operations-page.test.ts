import { readFileSync } from 'node:fs';
import { makeServerMetrics } from '../../../src/server/plugins/metrics';

test('the operations page lists the metrics of the server with type and labels', () => {
  const page = readFileSync('docs/operations.md', 'utf8');
  const rows = page.matchAll(/^\| `(meld_refresh_\w+)` +\| (\w+) +\| ([^|]*?) +\|/gm);
  const documented = Array.from(rows, ([, name, type, labels]) => ({ name, type, labels }));
  const { registry } = makeServerMetrics();
  const served = registry.getMetricsAsArray().map((metric) => ({
    name: metric.name,
    type: kindOf(metric),
    labels: labelsOf(metric),
  }));
  expect(documented).toEqual(served);
});

function kindOf(metric: object): string {
  return metric.constructor.name.toLowerCase();
}

function labelsOf(metric: object): string {
  const { labelNames } = metric as { readonly labelNames: readonly string[] };
  return labelNames.map((label) => `\`${label}\``).join(', ');
}
