import { plan, DEFAULT_DELIVERY, type ScenarioParams, type Plan, type PlanInput } from './plan';

/** What a connection of a scenario starts as unless its creator says otherwise, and its plan. */
interface Scenario {
  readonly provider: string;
  readonly status?: string;
  readonly statusReason?: string;
  plan(params: ScenarioParams): PlanInput;
}

type Calls = NonNullable<PlanInput['calls']>;
type Call = Calls[number];

const HOUR_MS = 3_600_000;
const WINDOW_MS = 3 * HOUR_MS;
const SERVER_ERRORS = [503, 502, 500, 504, 501] as const;
const ACCEPTED: Call = { answer: 'accepted' };

const times = (count: number, make: (index: number) => Call): Calls =>
  Array.from({ length: count }, (_, n) => make(n));

const serverErrors = (count: number): Calls =>
  times(count, (n) => ({ answer: 'error', status: SERVER_ERRORS[n % SERVER_ERRORS.length] ?? 503 }));

const REASONS = {
  DEGRADED: 'SERVICE_PROVIDER_CURRENTLY_UNAVAILABLE',
  UNDETERMINED: 'OTHER',
  ACTIVE: null,
} as const;

const SCENARIOS = {
  healthy: { provider: 'PLAID', plan: () => ({}) },
  slow: {
    provider: 'FINICITY',
    plan: () => ({ aggregation: { afterMs: 5_000 }, calls: [{ answer: 'accepted', delayMs: 1_000 }] }),
  },
  mx_window: {
    provider: 'MX',
    plan: ({ rateLimits = 1 }) => ({
      calls: [...times(rateLimits, () => ({ answer: 'rate_limited' })), ACCEPTED],
    }),
  },
  flaky: {
    provider: 'FINICITY',
    plan: ({ failures = 2 }) => ({ calls: [...serverErrors(failures), ACCEPTED] }),
  },
  down: {
    provider: 'FINICITY',
    plan: ({ failures = 3, becomes = 'DEGRADED', becomesAfterMs = 0 }) => ({
      calls: [
        ...serverErrors(failures - 1),
        {
          answer: 'error',
          status: 503,
          until: becomes,
          then: [
            {
              effect: 'status_change',
              afterMs: becomesAfterMs,
              status: becomes,
              statusReason: REASONS[becomes],
            },
          ],
        },
        // Meld takes, and charges, refreshes of a degraded connection; its provider still brings nothing.
        { answer: 'accepted', aggregation: becomes === 'ACTIVE' ? 'lands' : 'fails' },
      ],
    }),
  },
  lost_answer: {
    provider: 'PLAID',
    plan: ({ lostAnswer = 'hold' }) => ({ calls: [{ answer: 'lost', ending: lostAnswer }, ACCEPTED] }),
  },
  lost_webhooks: { provider: 'PLAID', plan: () => ({ delivery: { dropChance: 1 } }) },
  reordered: { provider: 'FINICITY', plan: () => ({ delivery: { order: 'shuffled' } }) },
  duplicated: { provider: 'PLAID', plan: () => ({ delivery: { copies: 2 } }) },
  early: { provider: 'PLAID', plan: () => ({ calls: [{ answer: 'accepted', answerAfter: 'events' }] }) },
  stale_events: {
    provider: 'FINICITY',
    plan: ({ staleByMs = HOUR_MS, afterStale = 'real' }) => ({
      calls: [{ answer: 'accepted', aggregation: afterStale === 'real' ? 'lands' : 'fails' }],
      aggregation: { afterMs: 500, staleByMs },
    }),
  },
  background: {
    provider: 'MX',
    plan: ({ rateLimits = 1, windowMs = WINDOW_MS, backgroundAfterMs = Math.floor(windowMs / 2) }) => ({
      calls: [
        { answer: 'rate_limited', then: [{ effect: 'aggregation', afterMs: backgroundAfterMs }] },
        ...times(rateLimits - 1, () => ({ answer: 'rate_limited' })),
        ACCEPTED,
      ],
    }),
  },
  repair: {
    provider: 'PLAID',
    status: 'RECONNECT_REQUIRED',
    statusReason: 'LOGIN_REQUIRED',
    plan: () => ({}),
  },
  vanished: {
    provider: 'PLAID',
    plan: ({ readsBeforeVanishing = 0 }) => ({
      reads: [
        ...Array.from({ length: readsBeforeVanishing }, () => ({ read: 'found' as const })),
        { read: 'error', status: 404 },
      ],
      calls: [{ answer: 'error', status: 404 }],
    }),
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[];

export const scenarioOf = (name: ScenarioName): Scenario => SCENARIOS[name];

/** The scenario's plan with its parameters applied. Never throws on parsed parameters. */
export function planOf(name: ScenarioName, params: ScenarioParams): Plan {
  const { aggregationMs, answerDelayMs, windowMs, retryAfter, delivery, reads } = params;
  const behaviour = scenarioOf(name).plan(params);
  const calls = params.calls ?? behaviour.calls ?? [ACCEPTED];
  return plan.parse({
    ...behaviour,
    ...(reads && { reads }),
    calls: answerDelayMs === undefined ? calls : calls.map((call) => ({ ...call, delayMs: answerDelayMs })),
    aggregation: { ...behaviour.aggregation, ...(aggregationMs !== undefined && { afterMs: aggregationMs }) },
    window: {
      ...(windowMs !== undefined && { ms: windowMs }),
      ...(retryAfter !== undefined && { retryAfter }),
    },
    delivery: { ...DEFAULT_DELIVERY, ...behaviour.delivery, ...delivery },
  });
}
