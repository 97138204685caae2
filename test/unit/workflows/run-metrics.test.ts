import { WORKER_METRICS, providerLabel, reasonLabel } from '../../../src/refresh/model/metrics';
import { makeRunMetrics } from '../../../src/workflows/run-metrics';
import { Run, T0, accepted, lost, rateLimited } from '../refresh/support/a-run';

/** Plays a run, and tells what was counted of it. */
function counted(play: (run: Run, step: () => void) => void, outcome?: 'canceled'): readonly string[] {
  const samples: string[] = [];
  const note = (name: string, value: number, labels: object) =>
    samples.push(`${name.replace('meld_refresh_', '')} ${value} ${Object.values(labels).join(' ')}`.trim());
  const metrics = makeRunMetrics(T0, {
    createCounter: (name) => ({ add: (value, labels = {}) => note(name, value, labels) }),
    createHistogram: (name) => ({ record: (value, labels = {}) => note(name, value, labels) }),
  });
  const run = new Run();
  play(run, () => {
    const { next } = run;
    metrics.step(run.state, next, run.nowMs);
  });
  metrics.ended(run.state, outcome === undefined ? run.result : { outcome }, run.nowMs);
  return samples;
}

test('counts a refresh with its call, its data and the time between', () => {
  const samples = counted((run, step) => {
    step();
    run.reads();
    step();
    run.at('2s').calls(accepted);
    step();
    run.at('12s').event('transactions_aggregated', '11s').event('accounts_updated', '10s');
    step();
    run.reads();
    step();
    step();
  });
  expect(samples).toEqual([
    'phase_seconds 0 reading',
    'calls_total 1 accepted true PLAID',
    'phase_seconds 2 calling',
    'phase_seconds 10 waiting_for_data',
    'phase_seconds 0 reading',
    'ended_total 1 refreshed none PLAID',
    'fresh_after_seconds 12 refreshed PLAID',
  ]);
});

test('counts a window once, also when a join interrupts the wait, and every stay in it', () => {
  const samples = counted((run, step) => {
    run.reads().calls(rateLimited('1h'));
    step();
    run.at('10m').joins({ joinId: 'a' }).joins({ joinId: 'a' }).joins({ joinId: 'b' });
    step();
    run.waits();
    step();
  }, 'canceled');
  expect(samples).toEqual([
    'calls_total 1 rate_limited false PLAID',
    'phase_seconds 0 reading',
    'windows_total 1 PLAID',
    'joins_total 2',
    'phase_seconds 3600 waiting_for_window',
    'phase_seconds 0 reading',
    'ended_total 1 canceled none PLAID',
  ]);
});

test('counts a call whose answer a cancellation did not wait for', () => {
  const samples = counted((run, step) => {
    run.reads();
    step();
    run.calls(lost);
  }, 'canceled');
  expect(samples).toContain('calls_total 1 unknown true PLAID');
});

test('a provider or reason that Meld adds makes no series of its own', () => {
  expect(
    ['MX', 'mx', 'BRAND_NEW', null].map((serviceProvider) => providerLabel({ serviceProvider })),
  ).toEqual(['MX', 'other', 'other', 'other']);
  expect(providerLabel(null)).toBe('none');
  const reasons = ['charge_limit', 'DELETED', 'PRODUCT_NOT_AVAILABLE: OWNERS', 'BRAND_NEW'];
  expect(reasons.map((reason) => reasonLabel({ reason }))).toEqual([
    'charge_limit',
    'DELETED',
    'PRODUCT_NOT_AVAILABLE',
    'other',
  ]);
  expect(reasonLabel({})).toBe('none');
});

test('no metric has a label whose values are not a short list', () => {
  for (const { labels } of Object.values(WORKER_METRICS)) {
    for (const values of Object.values<readonly string[]>(labels)) {
      expect(values.length).toBeLessThanOrEqual(30);
      expect(values.filter((value) => !/^\w+$/.test(value))).toEqual([]);
    }
  }
});
