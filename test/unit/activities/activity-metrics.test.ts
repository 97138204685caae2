import { MockActivityEnvironment } from '@temporalio/testing';
import {
  ApplicationFailure,
  noopMetricMeter,
  type MetricCounter,
  type MetricMeter,
} from '@temporalio/common';
import { countDeliveries, countReads } from '../../../src/activities/activity-metrics';
import type { OutcomeNotice } from '../../../src/refresh/model/outcome';

/** Carries out an activity, and tells what was counted and whether it failed. */
async function counted(activity: () => Promise<unknown>): Promise<readonly unknown[]> {
  const samples: unknown[] = [];
  const createCounter = (name: string): MetricCounter => ({
    name,
    kind: 'counter',
    valueType: 'int',
    add: (value, { result } = {}) => samples.push(name, value, result),
    withTags: () => createCounter(name),
  });
  const metricMeter: MetricMeter = {
    createCounter,
    createHistogram: (name) => noopMetricMeter.createHistogram(name),
    createGauge: (name) => noopMetricMeter.createGauge(name),
    withTags: () => metricMeter,
  };
  const environment = new MockActivityEnvironment({}, { metricMeter });
  const ended = await environment.run(activity).then(
    () => 'returned',
    () => 'threw',
  );
  return [...samples, ended];
}

const failing = (type: string) => () => Promise.reject(ApplicationFailure.create({ type }));
const reading = (activity: Parameters<typeof countReads>[0]) => () =>
  countReads(activity)({ connectionId: 'conn-1' });
const READS = 'meld_refresh_reads_total';

test.each([
  [
    'an answer',
    () => Promise.resolve({ read: 'not_found', requestId: null } as const),
    'not_found',
    'returned',
  ],
  ['a poll without news, which found the connection', failing('NothingNew'), 'found', 'threw'],
  ['a Meld that cannot be read', failing('MeldUnavailable'), 'unavailable', 'threw'],
  ['anything else that goes wrong', failing('ForeignConnection'), 'failed', 'threw'],
] as const)('counts %s', async (_name, activity, result, ended) => {
  expect(await counted(reading(activity))).toEqual([READS, 1, result, ended]);
});

test.each([
  ['delivered', () => Promise.resolve(), 'returned'],
  ['not_taken', failing('OutcomeNotTaken'), 'threw'],
  ['failed', failing('OutcomeWebhookMissing'), 'threw'],
])('counts a delivery as %s', async (result, activity, ended) => {
  const notice = {} as OutcomeNotice;
  expect(await counted(() => countDeliveries(activity)(notice))).toEqual([
    'meld_refresh_outcome_deliveries_total',
    1,
    result,
    ended,
  ]);
});
