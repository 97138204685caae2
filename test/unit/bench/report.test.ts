import { loadFigures, memoryFigures, quantile, usualSize } from '../../../bench/figures';
import type { LoadFigures } from '../../../bench/figures';
import { makeReport } from '../../../bench/report';
import type { Measured } from '../../../bench/report';
import { readSettings } from '../../../bench/settings';
import { formatReport } from '../../../bench/format-report';

const oneToTen = [10, 2, 8, 4, 6, 5, 7, 3, 9, 1];

test.each([
  ['the median of an even count is the lower one of the two', oneToTen, 0.5, 5],
  ['of few values the 99th percentile is the largest', oneToTen, 0.99, 10],
  ['of two hundred it is the last but two', Array.from({ length: 200 }, (_, n) => n + 1), 0.99, 198],
  ['one value is every quantile', [7], 0.01, 7],
])('%s', (_name, values, q, expected) => {
  expect(quantile(values, q)).toBe(expected);
});

test('no value has no quantile', () => {
  expect(() => quantile([], 0.5)).toThrow('at least one value');
});

test('rounds count together, and the slowest and the fastest are named', () => {
  const rounds = [
    { tookMs: 1_000, latenciesMs: [100, 200] },
    { tookMs: 500, latenciesMs: [300, 400] },
  ];
  expect(loadFigures(rounds)).toEqual({
    refreshes: 4,
    perSecond: 4 / 1.5,
    perSecondFrom: 2,
    perSecondTo: 4,
    p50Ms: 200,
    p99Ms: 400,
  });
});

test('one long history does not change the usual size', () => {
  const usual = { events: 32, bytes: 7_000 };
  expect(usualSize([usual, { events: 40, bytes: 9_000 }, usual])).toEqual(usual);
});

test('a cached run costs what each further one adds, and no figure comes from none', () => {
  const before = { rssBytes: 200_000_000, heapBytes: 70_000_000, cachedRuns: 100 };
  const after = { rssBytes: 220_000_000, heapBytes: 80_000_000, cachedRuns: 600 };
  expect(memoryFigures(before, after)).toMatchObject({ rssBytesPerRun: 40_000, heapBytesPerRun: 20_000 });
  expect(() => memoryFigures(before, { ...after, cachedRuns: 100 })).toThrow('more cached runs');
});

test('every wrong setting is named at once', () => {
  expect(readSettings({ BENCH_ALONE: '', BENCH_REFRESHES: '20' })).toMatchObject({
    alone: 30,
    refreshes: 20,
  });
  const wrong = () => readSettings({ BENCH_CONCURRENCY: '101', BENCH_ROUNDS: '-1', BENCH_ASLEEP: 'many' });
  expect(wrong).toThrow(/BENCH_CONCURRENCY: .*1 to 100[^]*BENCH_ROUNDS: [^]*BENCH_ASLEEP: .*"many"/);
});

const aLoad = (perSecond: number, p50Ms: number): LoadFigures => ({
  refreshes: 900,
  perSecond,
  perSecondFrom: perSecond - 1,
  perSecondTo: perSecond + 1,
  p50Ms,
  p99Ms: p50Ms * 2,
});

const MEASURED: Measured = {
  measuredAt: '2026-03-01T12:00:00.000Z',
  machine: {
    cores: 2,
    cpu: 'A Processor',
    platform: 'linux x64',
    node: 'v20.3.0',
    temporal: '1.2.3',
    loadAverage: 0.05,
  },
  settings: readSettings({}),
  load: { http: aLoad(40, 1_000), client: aLoad(50, 800), encrypted: aLoad(30, 1_500) },
  alone: { plain: aLoad(10, 100), encrypted: aLoad(8, 125) },
  history: { plain: { events: 32, bytes: 8_000 }, encrypted: { events: 32, bytes: 10_000 } },
  memory: memoryFigures(
    { rssBytes: 200_000_000, heapBytes: 70_000_000, cachedRuns: 100 },
    { rssBytes: 220_000_000, heapBytes: 80_000_000, cachedRuns: 600 },
  ),
};

test('the ratios follow from the figures', () => {
  const ratios = makeReport(MEASURED).ratios.map(({ of, to, by, ratio }) => [`${of} : ${to}, ${by}`, ratio]);
  expect(Object.fromEntries(ratios)).toEqual({
    'HTTP API : RefreshClient, refreshes/s': 0.8,
    'HTTP API : RefreshClient, p50': 1.25,
    'encrypted : plain, 50 at once, refreshes/s': 0.75,
    'encrypted : plain, 50 at once, p50': 1.5,
    'encrypted : plain, one at a time, refreshes/s': 0.8,
    'encrypted : plain, one at a time, p50': 1.25,
    '50 at once : one at a time, refreshes/s': 4,
    '50 at once : one at a time, p50': 10,
    'encrypted : plain, history events': 1,
    'encrypted : plain, history bytes': 1.25,
  });
});

test('the text says on what was measured, and has every figure and ratio', () => {
  const text = formatReport(makeReport(MEASURED));
  expect(text).toContain('on 2 cores (A Processor), linux x64, Node v20.3.0, load average 0.05');
  expect(text).toMatch(/^HTTP API, 50 at once +40\.0 +39\.0 to 41\.0 +1000 ms +2000 ms +900$/m);
  expect(text).toMatch(/^HTTP API, encrypted, one at a time +8\.0 /m);
  expect(text).toMatch(/^encrypted +32 +10000$/m);
  expect(text).toMatch(/^one more +20\.0 kB +40\.0 kB$/m);
  expect(text).toMatch(/^HTTP API : RefreshClient +refreshes\/s +0\.80$/m);
});

test('the columns of each table are aligned', () => {
  const tables = formatReport(makeReport(MEASURED)).split('\n\n').slice(1);
  expect(tables).toHaveLength(4);
  for (const table of tables) {
    const [, rule, ...rows] = table.split('\n');
    for (const row of rows) expect([row, row.length]).toEqual([row, rule!.length]);
  }
});
