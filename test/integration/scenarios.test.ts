import type { ConnectionSpec } from '../../src/simulator/state/connection-spec';
import type { LedgerEntry } from '../../src/simulator/state/ledger';
import type { RefreshResult } from '../../src/refresh/model/outcome';
import { SCENARIO_NAMES } from '../../src/simulator/scenarios/scenarios';
import { aStack } from './support/a-stack';
import type { TestStack } from './support/a-stack';

/** One connection that plays a scenario, and how its refresh ends. */
interface Expected {
  readonly spec: ConnectionSpec & { readonly scenario: NonNullable<ConnectionSpec['scenario']> };
  readonly ends: Partial<RefreshResult> & { readonly outcome: RefreshResult['outcome'] };
  /** The POSTs in order, as the result names their answers. */
  readonly calls: readonly RefreshResult['calls'][number]['answer'][];
  readonly charged: number;
  /** What proves each of the four products; left out: nothing does. */
  readonly evidence?: 'event' | 'successfullyAggregatedAt';
}

const refreshed = { outcome: 'refreshed' } as const;
const escalated = (reason: string) => ({ outcome: 'escalated', reason }) as Expected['ends'];
const windowMs = 2_000;

const EXPECTED: Readonly<Record<string, Expected>> = {
  'healthy: one call, proven by its events': {
    spec: { scenario: 'healthy' },
    ends: refreshed,
    calls: ['accepted'],
    charged: 1,
    evidence: 'event',
  },
  'slow: waits for answer and data': {
    spec: { scenario: 'slow', params: { aggregationMs: 1_500 } },
    ends: refreshed,
    calls: ['accepted'],
    charged: 1,
    evidence: 'event',
  },
  'mx_window: waits out the seconds of Retry-After': {
    spec: { scenario: 'mx_window', provider: 'FINICITY', params: { windowMs } },
    ends: refreshed,
    calls: ['rate_limited', 'accepted'],
    charged: 1,
    evidence: 'event',
  },
  'mx_window: waits out the date of Retry-After': {
    spec: { scenario: 'mx_window', provider: 'FINICITY', params: { windowMs, retryAfter: 'date' } },
    ends: refreshed,
    calls: ['rate_limited', 'accepted'],
    charged: 1,
    evidence: 'event',
  },
  'mx_window: waits out the rule of the provider when there is no Retry-After': {
    spec: { scenario: 'mx_window', params: { windowMs, retryAfter: 'absent' } },
    ends: refreshed,
    calls: ['rate_limited', 'accepted'],
    charged: 1,
    evidence: 'event',
  },
  'mx_window: takes an unreadable Retry-After for none': {
    spec: { scenario: 'mx_window', params: { windowMs, retryAfter: 'unreadable' } },
    ends: refreshed,
    calls: ['rate_limited', 'accepted'],
    charged: 1,
    evidence: 'event',
  },
  'mx_window: gives up after the windows that the policy allows': {
    spec: { scenario: 'mx_window', params: { windowMs: 1_000, rateLimits: 10 } },
    ends: { outcome: 'rate_limited' },
    calls: ['rate_limited', 'rate_limited', 'rate_limited'],
    charged: 0,
  },
  'flaky: tries again until Meld is well': {
    spec: { scenario: 'flaky' },
    ends: refreshed,
    calls: ['server_error', 'unknown', 'accepted'],
    charged: 1,
    evidence: 'event',
  },
  'down: stops paying and says that the connection is degraded': {
    spec: { scenario: 'down', params: { becomesAfterMs: 500 } },
    ends: escalated('connection_degraded'),
    calls: ['server_error', 'unknown', 'server_error'],
    charged: 0,
  },
  'down: stops paying and says that the connection is undetermined': {
    spec: { scenario: 'down', params: { becomes: 'UNDETERMINED' } },
    ends: escalated('connection_undetermined'),
    calls: ['server_error', 'unknown', 'server_error'],
    charged: 0,
  },
  'down: tries once more when the connection has healed': {
    spec: { scenario: 'down', status: 'DEGRADED', params: { becomes: 'ACTIVE', becomesAfterMs: 500 } },
    ends: refreshed,
    calls: ['server_error', 'unknown', 'server_error', 'accepted'],
    charged: 1,
    evidence: 'event',
  },
  'lost_answer: finds the data of a call that was never answered': {
    spec: { scenario: 'lost_answer' },
    ends: refreshed,
    calls: ['unknown'],
    charged: 1,
    evidence: 'event',
  },
  'lost_answer: finds the data of a call whose connection was cut': {
    spec: { scenario: 'lost_answer', params: { lostAnswer: 'cut' } },
    ends: refreshed,
    calls: ['unknown'],
    charged: 1,
    evidence: 'event',
  },
  'lost_answer: finds the data of a call that a gateway answered with 504': {
    spec: { scenario: 'lost_answer', params: { lostAnswer: 'gateway' } },
    ends: refreshed,
    calls: ['unknown'],
    charged: 1,
    evidence: 'event',
  },
  'lost_webhooks: sees the data without any event': {
    spec: { scenario: 'lost_webhooks' },
    ends: refreshed,
    calls: ['accepted'],
    charged: 1,
    evidence: 'successfullyAggregatedAt',
  },
  'reordered: does not mind the order of the events': {
    spec: { scenario: 'reordered' },
    ends: refreshed,
    calls: ['accepted'],
    charged: 1,
    evidence: 'event',
  },
  'duplicated: counts each event once': {
    spec: { scenario: 'duplicated' },
    ends: refreshed,
    calls: ['accepted'],
    charged: 1,
    evidence: 'event',
  },
  'early: keeps the events that come before the answer': {
    spec: { scenario: 'early' },
    ends: refreshed,
    calls: ['unknown'],
    charged: 1,
    evidence: 'event',
  },
  'stale_events: waits for the events of its own call': {
    spec: { scenario: 'stale_events' },
    ends: refreshed,
    calls: ['accepted'],
    charged: 1,
    evidence: 'event',
  },
  'stale_events: takes old events for no data at all': {
    spec: { scenario: 'stale_events', params: { afterStale: 'nothing' } },
    ends: escalated('no_fresh_data'),
    calls: ['accepted'],
    charged: 1,
  },
  'background: an automatic aggregation during the window saves the call': {
    spec: { scenario: 'background', params: { windowMs: 6_000, backgroundAfterMs: 500 } },
    ends: refreshed,
    calls: ['rate_limited'],
    charged: 0,
    evidence: 'event',
  },
  'repair: calls nobody, the customer is needed': {
    spec: { scenario: 'repair' },
    ends: { outcome: 'repair_required', reason: 'LOGIN_REQUIRED' },
    calls: [],
    charged: 0,
  },
  'vanished: there is no such connection': {
    spec: { scenario: 'vanished' },
    ends: { outcome: 'not_found' },
    calls: [],
    charged: 0,
  },
  'vanished: there is none any more when it is called': {
    spec: { scenario: 'vanished', params: { readsBeforeVanishing: 1 } },
    ends: { outcome: 'not_found' },
    calls: ['not_found'],
    charged: 0,
  },
};

interface Ended {
  readonly result: RefreshResult;
  readonly ledger: readonly LedgerEntry[];
}

let stack: TestStack;
const ended = new Map<string, Promise<Ended>>();

// All at once: they wait more than they work, and must not disturb each other.
beforeAll(async () => {
  stack = await aStack({ meldTimeout: '3s' });
  const { api, meld } = stack;
  const connections = await meld.createConnections(
    Object.values(EXPECTED).map(({ spec }) => ({
      ...spec,
      // 1.5 s: on a busy machine, events that come sooner end the run before the call's answer is recorded.
      params: { aggregationMs: 1_500, ...spec.params },
    })),
  );
  for (const [index, name] of Object.keys(EXPECTED).entries()) {
    const { id } = connections[index]!;
    const run = async (): Promise<Ended> => {
      await api.start(id);
      const result = await api.result(id);
      return { result, ledger: await meld.ledger(id) };
    };
    const end = run();
    end.catch(() => undefined);
    ended.set(name, end);
  }
});
afterAll(() => stack.close());

test('every scenario is tried', () => {
  const tried = new Set(Object.values(EXPECTED).map(({ spec }) => spec.scenario));
  expect([...tried].sort()).toEqual([...SCENARIO_NAMES].sort());
});

test.each(Object.entries(EXPECTED))('%s', async (name, { ends, calls, charged, evidence }) => {
  const { result, ledger } = await ended.get(name)!;
  expect(result).toMatchObject(ends);
  expect(result.calls.map(({ answer }) => answer)).toEqual(calls);
  expect(ledger.filter((entry) => entry.charged)).toHaveLength(charged);
  expect(ledger).toHaveLength(calls.length);
  // Of a call without an answer of Meld's own, the two ledgers know different things.
  const known = <T>(entries: readonly T[]): T[] =>
    entries.filter((_entry, index) => calls[index] !== 'unknown');
  expect(known(result.calls).map(toLedger)).toEqual(known(ledger).map(toLedger));
  const products = ['BALANCES', 'IDENTIFIERS', 'OWNERS', 'TRANSACTIONS'];
  const proof = Object.entries(result.evidence).map(([product, { by }]) => [product, by]);
  expect(new Map(proof as [string, string][])).toEqual(
    new Map(evidence === undefined ? [] : products.map((product) => [product, evidence])),
  );
});

type Line = Pick<LedgerEntry, 'answer' | 'products' | 'httpStatus' | 'requestId'>;

/** What both ledgers know. */
function toLedger({ answer, products, httpStatus, requestId }: RefreshResult['calls'][number] | LedgerEntry) {
  return { answer, products, httpStatus, requestId } as Partial<Line>;
}
