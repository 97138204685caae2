import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { z } from 'zod';
import { WORKER_METRICS } from '../../../src/refresh/model/metrics';
import { documentedMetrics } from '../docs/documented-metrics';

const dashboard = z
  .object({
    panels: z.array(
      z.strictObject({
        type: z.enum(['row', 'timeseries']),
        title: z.string().min(1),
        gridPos: z.strictObject({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
        fieldConfig: z
          .strictObject({ defaults: z.strictObject({ unit: z.string(), min: z.literal(0) }) })
          .optional(),
        targets: z
          .array(z.strictObject({ refId: z.string(), expr: z.string(), legendFormat: z.string() }))
          .optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync('deploy/grafana/dashboards/meld-refresh.json', 'utf8')));

const rules = z
  .strictObject({
    groups: z.array(
      z.strictObject({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string(),
            expr: z.string(),
            for: z.string().optional(),
            labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
            annotations: z.strictObject({ summary: z.string(), description: z.string() }),
          }),
        ),
      }),
    ),
  })
  .parse(parse(readFileSync('deploy/prometheus/rules.yml', 'utf8')))
  .groups.flatMap((group) => group.rules);

const queries: readonly (readonly [string, string])[] = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
];

/** By every name that a query may use: a histogram has three. */
const labelsOf = new Map<string, readonly string[]>([['up', ['job']]]);
for (const { name, type, labels } of ['Server', 'Worker', 'SDK', 'Temporal'].flatMap(documentedMetrics)) {
  if (type !== 'histogram') labelsOf.set(name, labels);
  else for (const suffix of ['count', 'sum', 'bucket']) labelsOf.set(`${name}_${suffix}`, labels);
}
const valuesOf = new Map<string, readonly string[]>(
  Object.values(WORKER_METRICS).flatMap(({ name, labels }) =>
    Object.entries(labels).map(([label, values]) => [`${name} ${label}`, values] as const),
  ),
);

interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly values: readonly string[] }[];
}

/** The metrics that a query reads, and what it asks of their labels. @throws when it is not PromQL */
function selectorsOf(query: string): readonly Selector[] {
  const expr = query.replaceAll('$__rate_interval', '5m');
  const selectors: Selector[] = [];
  parser.parse(expr).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expr}`);
      if (node.name !== 'VectorSelector') return;
      const [, metric = '', matchers = ''] =
        /^(\w+)(?:\{(.*)\})?$/s.exec(expr.slice(node.from, node.to)) ?? [];
      const parsed = matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g);
      selectors.push({
        metric,
        matchers: Array.from(parsed, ([, label = '', value = '']) => ({ label, values: value.split('|') })),
      });
    },
  });
  return selectors;
}

test('the reader of queries reads them, and refuses what Prometheus would', () => {
  expect(selectorsOf('sum(rate(a{b=~"c|d", e!="f"}[$__rate_interval])) / g')).toEqual([
    {
      metric: 'a',
      matchers: [
        { label: 'b', values: ['c', 'd'] },
        { label: 'e', values: ['f'] },
      ],
    },
    { metric: 'g', matchers: [] },
  ]);
  expect(() => selectorsOf('sum by (')).toThrow('no PromQL');
});

test.each(queries)('%s reads metrics, labels and values that there are: %s', (_name, query) => {
  const selectors = selectorsOf(query);
  expect(selectors.length).toBeGreaterThan(0);
  for (const { metric, matchers } of selectors) {
    expect([...labelsOf.keys()]).toContain(metric);
    for (const { label, values } of matchers) {
      expect([...(labelsOf.get(metric) ?? []), 'job']).toContain(label);
      const known = valuesOf.get(`${metric} ${label}`);
      if (known !== undefined) expect(known).toEqual(expect.arrayContaining([...values]));
    }
    // Temporal's own workers count the same.
    if (metric.startsWith('temporal_')) {
      expect(matchers).toContainEqual({ label: 'job', values: ['meld-refresh-worker'] });
    }
  }
});

test('labels that a query sums by are those of the metrics it reads', () => {
  for (const [name, query] of queries) {
    const known = ['le', ...selectorsOf(query).flatMap(({ metric }) => labelsOf.get(metric) ?? [])];
    const by = Array.from(query.matchAll(/\bby \(([^)]*)\)/g), ([, labels = '']) => labels.split(/,\s*/));
    expect([name, by.flat().filter((label) => !known.includes(label))]).toEqual([name, []]);
  }
});

test('the jobs that queries name are those of the scrape configuration', () => {
  const { scrape_configs } = z
    .object({ scrape_configs: z.array(z.object({ job_name: z.string() })) })
    .parse(parse(readFileSync('deploy/prometheus/prometheus.yml', 'utf8')));
  const jobs = queries.flatMap(([, query]) => selectorsOf(query)).flatMap(({ matchers }) => matchers);
  const named = new Set(jobs.filter(({ label }) => label === 'job').flatMap(({ values }) => values));
  expect(scrape_configs.map(({ job_name }) => job_name)).toEqual(expect.arrayContaining([...named]));
});

test('every alert has a test that promtool runs', () => {
  const tests = readFileSync('deploy/prometheus/rules.test.yml', 'utf8');
  expect(rules.map(({ alert }) => alert).filter((alert) => !tests.includes(`alertname: ${alert}`))).toEqual(
    [],
  );
});

test('no two panels overlap', () => {
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});
