import type { RoundScale } from './round';

/** Some 30 s: every fault once, every scenario twice. */
export const SHORT: RoundScale = {
  scenarios: {
    count: 64,
    aggregationMs: [500, 5_000],
    lateMs: 9_000,
    windowMs: [1_000, 3_000],
    firstWithinMs: 2_000,
    allWithinMs: 14_000,
  },
  faults: { more: 0, calmMs: [500, 1_200], awayMs: [500, 1_500] },
  operators: { each: 2, askWithinMs: 8_000, actAfterMs: [50, 1_500], pausedForMs: [300, 1_500] },
  policy: {
    callTimeout: '8s',
    unknownAnswerWait: '6s',
    completionWait: '9s',
    poll: { first: '2s', factor: 2, maximum: '4s' },
  },
  // A call whose worker was killed is given up after `callTimeout`, and then its data is waited for.
  drainMs: 90_000,
  openAtOnce: 20,
  atLeast: {
    refreshed: 15,
    already_fresh: 1,
    repair_required: 1,
    not_refreshable: 1,
    not_found: 2,
    rate_limited: 1,
    escalated: 3,
  },
};

/** A few minutes: more than 200 refreshes in flight, with outages longer than Temporal's own timeouts. */
export const FULL: RoundScale = {
  scenarios: {
    count: 340,
    aggregationMs: [8_000, 40_000],
    lateMs: 60_000,
    windowMs: [1_500, 3_500],
    firstWithinMs: 5_000,
    allWithinMs: 90_000,
  },
  faults: { more: 8, calmMs: [1_000, 5_000], awayMs: [500, 14_000] },
  operators: { each: 8, askWithinMs: 80_000, actAfterMs: [50, 3_000], pausedForMs: [500, 10_000] },
  policy: {
    // Longer than Temporal is away: an answer that Meld gave must not be lost.
    callTimeout: '30s',
    unknownAnswerWait: '45s',
    completionWait: '60s',
    poll: { first: '4s', factor: 2, maximum: '15s' },
  },
  drainMs: 240_000,
  openAtOnce: 200,
  atLeast: {
    refreshed: 100,
    already_fresh: 5,
    repair_required: 5,
    not_refreshable: 5,
    not_found: 10,
    rate_limited: 5,
    escalated: 20,
  },
};
