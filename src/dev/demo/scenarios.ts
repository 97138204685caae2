import type { RefreshPolicyInput } from '../../refresh/model/policy';
import type { Outcome } from '../../refresh/model/outcome';
import type { ConnectionSpec } from '../../simulator/state/connection-spec';
import type { ScriptName } from '../../simulator/scenarios/scripts';

/** One connection of the demo: what Meld does with it, and how its refresh must end. */
export interface Scenario {
  readonly script: ScriptName;
  /** What happens, in words that fit into a table. */
  readonly story: string;
  readonly knobs: NonNullable<ConnectionSpec['knobs']>;
  readonly expected: Expected;
}

export interface Expected {
  readonly outcome: Outcome;
  /** Of those outcomes that have one. */
  readonly reason?: string;
  /** Calls that Meld bills. */
  readonly charged: number;
  /** What proves each product fresh; left out: nothing does. */
  readonly evidence?: 'event' | 'successfullyAggregatedAt';
}

/** 8 s for the three hours of an MX connection. */
const WINDOW_MS = 8_000;
const WINDOW = `${WINDOW_MS}ms`;

/** Hours as seconds. What is not here is as in production. */
export const DEMO_POLICY: RefreshPolicyInput = {
  settle: '2s',
  completionWait: '30s',
  poll: { first: '4s', factor: 1.5, maximum: '8s' },
  unknownAnswerWait: '10s',
  serverErrorRetries: 2,
  serverErrorBackoff: { initial: '1s', factor: 2, maximum: '4s' },
  statusChangeWait: '20s',
  defaultRateLimitWindow: WINDOW,
  rateLimitFloor: '1s',
  giveUpAfter: '45s',
  providers: { MX: { forcedRefreshEvery: WINDOW, after: 'any_aggregation' } },
};

/** 4 s: how long one request to Meld may take before its answer counts as lost. */
export const DEMO_MELD_TIMEOUT = '4s';

/** 1.5 s: long enough to be seen waiting. */
const data = { aggregationMs: 1_500 };
const refreshed = { outcome: 'refreshed', charged: 1, evidence: 'event' } as const;

export const SCENARIOS: readonly Scenario[] = [
  { script: 'healthy', story: 'data and webhooks come at once', knobs: data, expected: refreshed },
  { script: 'slow', story: 'answer and data take their time', knobs: {}, expected: refreshed },
  {
    script: 'mx_window',
    story: '429: not again within the window',
    knobs: { ...data, windowMs: WINDOW_MS },
    expected: refreshed,
  },
  { script: 'flaky', story: '503 and 502, then fine', knobs: data, expected: refreshed },
  {
    script: 'down',
    story: '5xx, then DEGRADED',
    knobs: { becomesAfterMs: 2_000 },
    expected: { outcome: 'escalated', reason: 'connection_degraded', charged: 0 },
  },
  {
    script: 'lost_answer',
    story: 'the call’s answer never comes',
    knobs: data,
    expected: refreshed,
  },
  {
    script: 'lost_webhooks',
    story: 'no webhook ever arrives',
    knobs: data,
    expected: { ...refreshed, evidence: 'successfullyAggregatedAt' },
  },
  { script: 'reordered', story: 'webhooks arrive in any order', knobs: data, expected: refreshed },
  { script: 'duplicated', story: 'each webhook arrives twice', knobs: data, expected: refreshed },
  { script: 'early', story: 'webhooks overtake the answer', knobs: data, expected: refreshed },
  {
    script: 'stale_events',
    story: 'webhooks of an hour ago come first',
    knobs: { aggregationMs: 2_500 },
    expected: refreshed,
  },
  {
    script: 'background',
    story: '429, then an automatic aggregation',
    knobs: { windowMs: WINDOW_MS },
    expected: { ...refreshed, charged: 0 },
  },
  {
    script: 'repair',
    story: 'the customer must log in again',
    knobs: {},
    expected: { outcome: 'repair_required', reason: 'LOGIN_REQUIRED', charged: 0 },
  },
  {
    script: 'vanished',
    story: 'Meld answers 404',
    knobs: {},
    expected: { outcome: 'not_found', charged: 0 },
  },
];
