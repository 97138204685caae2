import type { Call, EscalationReason, Outcome } from '../refresh/model/outcome';
import type { ConnectionSpec } from '../simulator/state/connection-spec';

/** What Meld does with one connection, and what is asked for. */
interface Setup {
  /** What happens, in words that fit into a table. */
  readonly sentence: string;
  readonly connection: Omit<ConnectionSpec, 'id' | 'count'>;
  readonly request?: { readonly maxAge?: string; readonly onRateLimit?: 'return' };
}

/** How the refresh must end. */
interface Expected {
  readonly ends: { readonly outcome: Outcome; readonly reason?: string };
  /** The POSTs in order, as the result names their answers. */
  readonly calls: readonly Call['answer'][];
  /** Calls that Meld bills. */
  readonly charged: number;
  /** What proves each product fresh; left out: nothing does. */
  readonly evidence?: 'event' | 'successfullyAggregatedAt';
}

export type Scenario = Setup & Expected;

/** Hours in production, seconds in a demo. */
interface Pace {
  /** From an executed call to its data. */
  readonly aggregationMs: number;
  readonly windowMs: number;
}

/** How a scenario ends that names no `ends`: by events, with one charged call. What it names besides goes before. */
const REFRESHED: Expected = {
  ends: { outcome: 'refreshed' },
  calls: ['accepted'],
  charged: 1,
  evidence: 'event',
};
/** Its windows follow from no rule, so that only the answer can tell. */
const OTHER_PROVIDER = { provider: 'FINICITY' };
const notCalled = { calls: [], charged: 0 } as const;
const escalated = (reason: EscalationReason) => ({ ends: { outcome: 'escalated', reason } }) as const;

/**
 * Everything that can happen at Meld. The demo plays those that are named as scenarios of the simulator are, the
 * integration tests all of them, chaos all of them with other numbers, and histories are recorded of some.
 */
export function scenariosAt({ aggregationMs, windowMs }: Pace) {
  const data = { aggregationMs };
  const failing = { calls: ['server_error', 'unknown', 'server_error'], charged: 0 } as const;
  const limited = (params: ConnectionSpec['params'] = {}, by = {}) =>
    ({
      connection: { scenario: 'mx_window', params: { windowMs, ...data, ...params }, ...by },
      calls: ['rate_limited', 'accepted'],
    }) as const;
  const scenarios = {
    healthy: {
      sentence: 'data and webhooks come at once',
      connection: { scenario: 'healthy', params: data },
    },
    slow: { sentence: 'answer and data take their time', connection: { scenario: 'slow' } },
    mx_window: { sentence: '429: not again within the window', ...limited() },
    window_in_seconds: { sentence: '429 with the seconds to wait', ...limited({}, OTHER_PROVIDER) },
    window_until_date: {
      sentence: '429 with the date to wait for',
      ...limited({ retryAfter: 'date' }, OTHER_PROVIDER),
    },
    window_by_rule: {
      sentence: '429 without Retry-After: the rule of MX',
      ...limited({ retryAfter: 'absent' }),
    },
    window_unreadable: {
      sentence: '429 with an unreadable Retry-After',
      ...limited({ retryAfter: 'unreadable' }),
    },
    window_again_and_again: {
      sentence: '429 after every window',
      connection: { scenario: 'mx_window', params: { windowMs, rateLimits: 10 } },
      ends: { outcome: 'rate_limited' },
      calls: ['rate_limited', 'rate_limited', 'rate_limited'],
      charged: 0,
    },
    window_not_waited_for: {
      sentence: '429, and the caller does not wait',
      connection: { scenario: 'mx_window', params: { windowMs: 3_600_000 } },
      request: { onRateLimit: 'return' },
      ends: { outcome: 'rate_limited' },
      calls: ['rate_limited'],
      charged: 0,
    },
    flaky: {
      sentence: '503 and 502, then fine',
      connection: { scenario: 'flaky', params: data },
      calls: ['server_error', 'unknown', 'accepted'],
    },
    down: {
      sentence: '5xx, then DEGRADED',
      connection: { scenario: 'down', params: { becomesAfterMs: 1_000 } },
      ...failing,
      ...escalated('connection_degraded'),
    },
    undetermined: {
      sentence: '5xx, then UNDETERMINED',
      connection: { scenario: 'down', params: { becomes: 'UNDETERMINED' } },
      ...failing,
      ...escalated('connection_undetermined'),
    },
    healed: {
      sentence: '5xx while DEGRADED, then ACTIVE',
      connection: {
        scenario: 'down',
        status: 'DEGRADED',
        params: { becomes: 'ACTIVE', becomesAfterMs: 500, ...data },
      },
      calls: [...failing.calls, 'accepted'],
    },
    lost_answer: {
      sentence: 'the call’s answer never comes',
      connection: { scenario: 'lost_answer', params: data },
      calls: ['unknown'],
    },
    answer_cut: {
      sentence: 'the connection breaks before the answer',
      connection: { scenario: 'lost_answer', params: { ...data, lostAnswer: 'cut' } },
      calls: ['unknown'],
    },
    answer_of_a_gateway: {
      sentence: 'a gateway answers 504 to a call that Meld executes',
      connection: { scenario: 'lost_answer', params: { ...data, lostAnswer: 'gateway' } },
      calls: ['unknown'],
    },
    answer_garbled: {
      sentence: 'accepted, with a body that nobody can read',
      connection: { scenario: 'healthy', params: { ...data, calls: [{ answer: 'garbled' }] } },
    },
    lost_webhooks: {
      sentence: 'no webhook ever arrives',
      connection: { scenario: 'lost_webhooks', params: data },
      evidence: 'successfullyAggregatedAt',
    },
    reordered: {
      sentence: 'webhooks arrive in any order',
      connection: { scenario: 'reordered', params: data },
    },
    duplicated: {
      sentence: 'each webhook arrives twice',
      connection: { scenario: 'duplicated', params: data },
    },
    early: {
      sentence: 'webhooks overtake the answer',
      // An answer within a second of the data would still be heard.
      connection: { scenario: 'early', params: { ...data, answerDelayMs: 5_000 } },
      calls: ['unknown'],
    },
    stale_events: {
      sentence: 'webhooks of an hour ago come first',
      connection: { scenario: 'stale_events', params: data },
    },
    no_data: {
      sentence: 'webhooks of an hour ago, and no others',
      connection: { scenario: 'stale_events', params: { ...data, afterStale: 'nothing' } },
      calls: ['accepted'],
      charged: 1,
      ...escalated('no_fresh_data'),
    },
    background: {
      sentence: '429, then an automatic aggregation',
      connection: {
        scenario: 'background',
        params: { windowMs: 3 * windowMs, backgroundAfterMs: windowMs / 2 },
      },
      calls: ['rate_limited'],
      charged: 0,
    },
    reads_fail: {
      sentence: 'reads are answered 503, cut and garbled',
      connection: {
        scenario: 'healthy',
        params: {
          ...data,
          reads: [{ read: 'error', status: 503 }, { read: 'cut' }, { read: 'garbled' }, { read: 'found' }],
        },
      },
    },
    rejected: {
      sentence: 'the call is answered 422',
      connection: { scenario: 'healthy', params: { calls: [{ answer: 'error', status: 422 }] } },
      calls: ['rejected'],
      charged: 0,
      ...escalated('request_rejected'),
    },
    fresh_already: {
      sentence: 'the data is younger than the caller asks',
      connection: { scenario: 'healthy' },
      request: { maxAge: '2d' },
      ends: { outcome: 'already_fresh' },
      ...notCalled,
      evidence: 'successfullyAggregatedAt',
    },
    repair: {
      sentence: 'the customer must log in again',
      connection: { scenario: 'repair' },
      ends: { outcome: 'repair_required', reason: 'LOGIN_REQUIRED' },
      ...notCalled,
    },
    deleted: {
      sentence: 'the connection is DELETED',
      connection: { scenario: 'healthy', status: 'DELETED' },
      ends: { outcome: 'not_refreshable', reason: 'DELETED' },
      ...notCalled,
    },
    vanished: {
      sentence: 'Meld answers 404',
      connection: { scenario: 'vanished' },
      ends: { outcome: 'not_found' },
      ...notCalled,
    },
    vanished_before_the_call: {
      sentence: 'Meld answers 404 to the call alone',
      connection: { scenario: 'vanished', params: { readsBeforeVanishing: 1 } },
      ends: { outcome: 'not_found' },
      calls: ['not_found'],
      charged: 0,
    },
  } satisfies Record<string, Setup & (Expected | Partial<Omit<Expected, 'ends'>>)>;
  return Object.fromEntries(
    Object.entries(scenarios).map(([name, scenario]) => [
      name,
      'ends' in scenario ? scenario : { ...REFRESHED, ...scenario },
    ]),
  ) as Record<keyof typeof scenarios, Scenario>;
}
export type ScenarioKey = keyof ReturnType<typeof scenariosAt>;
