import type { RefreshPolicyInput } from '../../refresh/model/policy';
import type { Outcome } from '../../refresh/model/outcome';
import type { ConnectionSpec } from '../../simulator/state/connection-spec';
import type { ScenarioName } from '../../simulator/scenarios/scenarios';

/** One connection of the demo: what Meld does with it, and how its refresh must end. */
export interface Scenario {
  readonly name: ScenarioName;
  /** What happens, in words that fit into a table. */
  readonly sentence: string;
  readonly params: NonNullable<ConnectionSpec['params']>;
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
  { name: 'healthy', sentence: 'data and webhooks come at once', params: data, expected: refreshed },
  { name: 'slow', sentence: 'answer and data take their time', params: {}, expected: refreshed },
  {
    name: 'mx_window',
    sentence: '429: not again within the window',
    params: { ...data, windowMs: WINDOW_MS },
    expected: refreshed,
  },
  { name: 'flaky', sentence: '503 and 502, then fine', params: data, expected: refreshed },
  {
    name: 'down',
    sentence: '5xx, then DEGRADED',
    params: { becomesAfterMs: 2_000 },
    expected: { outcome: 'escalated', reason: 'connection_degraded', charged: 0 },
  },
  {
    name: 'lost_answer',
    sentence: 'the call’s answer never comes',
    params: data,
    expected: refreshed,
  },
  {
    name: 'lost_webhooks',
    sentence: 'no webhook ever arrives',
    params: data,
    expected: { ...refreshed, evidence: 'successfullyAggregatedAt' },
  },
  { name: 'reordered', sentence: 'webhooks arrive in any order', params: data, expected: refreshed },
  { name: 'duplicated', sentence: 'each webhook arrives twice', params: data, expected: refreshed },
  { name: 'early', sentence: 'webhooks overtake the answer', params: data, expected: refreshed },
  {
    name: 'stale_events',
    sentence: 'webhooks of an hour ago come first',
    params: { aggregationMs: 2_500 },
    expected: refreshed,
  },
  {
    name: 'background',
    sentence: '429, then an automatic aggregation',
    params: { windowMs: WINDOW_MS },
    expected: { ...refreshed, charged: 0 },
  },
  {
    name: 'repair',
    sentence: 'the customer must log in again',
    params: {},
    expected: { outcome: 'repair_required', reason: 'LOGIN_REQUIRED', charged: 0 },
  },
  {
    name: 'vanished',
    sentence: 'Meld answers 404',
    params: {},
    expected: { outcome: 'not_found', charged: 0 },
  },
];
