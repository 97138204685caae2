import type { ConnectionSpec } from '../../src/simulator/state/connection-spec';
import type { Random } from '../../src/simulator/state/random';
import type { Outcome } from '../../src/refresh/model/outcome';
import { killsWorker, within } from './fault-plan';
import type { Fault, Range } from './fault-plan';

/** One connection with its scenario, and what is asked of it when. */
export interface ChaosScenario {
  readonly kind: Kind | 'killed_in_the_call';
  readonly spec: ConnectionSpec & { readonly id: string };
  readonly body: Readonly<Record<string, unknown>>;
  /** How it may end when no answer of Meld's was lost. */
  readonly ends: Outcome;
  /** `null`: when a worker is to be killed. */
  readonly askAfterMs: number | null;
  /** When another caller wants the same; `null`: nobody else does. */
  readonly askAgainAfterMs: number | null;
}

export interface ScenarioScale {
  readonly count: number;
  /** From a call to its data; shorter than the wait after a lost answer. */
  readonly aggregationMs: Range;
  /** The same, longer than the wait after a lost answer. */
  readonly lateMs: number;
  readonly windowMs: Range;
  readonly firstWithinMs: number;
  /** Others ask again, and a tenth asks first, all along. */
  readonly allWithinMs: number;
}

/** Slow, and in time. */
const SLOW_MS: Range = [700, 1_500];

type Params = NonNullable<ConnectionSpec['params']>;
type Sketch = Pick<ChaosScenario, 'ends'> &
  Omit<ConnectionSpec, 'id' | 'params'> & { readonly params?: Params; readonly body?: ChaosScenario['body'] };

interface Dice {
  readonly random: Random;
  readonly scale: ScenarioScale;
}

const PAID = { ends: 'refreshed' } as const;
const ESCALATED = { ends: 'escalated' } as const;
const FOUND = { read: 'found' } as const;
const ACCEPTED = { answer: 'accepted' } as const;
const STATUSES = [500, 502, 503, 504] as const;

/** Each happens at least once in a round that has as many refreshes; what is left over is drawn. */
const KINDS = {
  healthy: () => ({ scenario: 'healthy', ...PAID }),
  slow_answer: ({ random }: Dice) => ({
    scenario: 'healthy',
    params: { answerDelayMs: within(random, SLOW_MS) },
    ...PAID,
  }),
  limited_in_seconds: (dice: Dice) => limited(dice, 'seconds'),
  limited_until_a_date: (dice: Dice) => limited(dice, 'date'),
  limited_without_a_word: (dice: Dice) => limited(dice, 'absent'),
  limited_unreadably: (dice: Dice) => limited(dice, 'unreadable'),
  limited_and_not_waited_for: () => ({
    scenario: 'mx_window',
    provider: 'FINICITY',
    params: { windowMs: 3_600_000 },
    body: { onRateLimit: 'return' },
    ends: 'rate_limited',
  }),
  saved_by_an_automatic_aggregation: ({ random }: Dice) => ({
    scenario: 'background',
    params: { windowMs: 20_000, backgroundAfterMs: within(random, [500, 3_000]) },
    ...PAID,
  }),
  failing_for_a_while: ({ random }: Dice) => ({
    scenario: 'flaky',
    params: { failures: 1 + random.below(2) },
    ...PAID,
  }),
  degraded: ({ random }: Dice) => ({
    scenario: 'down',
    params: { failures: 4, becomesAfterMs: within(random, [200, 1_500]) },
    ...ESCALATED,
  }),
  undetermined: () => ({ scenario: 'down', params: { failures: 4, becomes: 'UNDETERMINED' }, ...ESCALATED }),
  answer_never_given: () => ({ scenario: 'lost_answer', params: { lostAnswer: 'hold' }, ...PAID }),
  answer_cut: () => ({ scenario: 'lost_answer', params: { lostAnswer: 'cut' }, ...PAID }),
  answer_of_a_gateway: () => ({ scenario: 'lost_answer', params: { lostAnswer: 'gateway' }, ...PAID }),
  answer_cut_and_data_late: ({ scale }: Dice) => ({
    scenario: 'lost_answer',
    params: { lostAnswer: 'cut', aggregationMs: scale.lateMs },
    ...PAID,
  }),
  answer_garbled: () => ({ scenario: 'healthy', params: { calls: [{ answer: 'garbled' }] }, ...PAID }),
  webhooks_dropped: () => ({ scenario: 'lost_webhooks', ...PAID }),
  webhooks_half_dropped: () => ({ scenario: 'healthy', params: { delivery: { dropChance: 0.5 } }, ...PAID }),
  webhooks_doubled: ({ random }: Dice) => ({
    scenario: 'duplicated',
    params: { delivery: { copies: 2 + random.below(3) } },
    ...PAID,
  }),
  webhooks_late: ({ random }: Dice) => ({
    scenario: 'healthy',
    params: { delivery: { delayMs: within(random, [1_000, 4_000]), gapMs: random.below(1_000) } },
    ...PAID,
  }),
  webhooks_reordered: ({ random }: Dice) => ({
    scenario: 'reordered',
    params: { delivery: { gapMs: 1 + random.below(500) } },
    ...PAID,
  }),
  webhooks_of_yesterday: () => ({ scenario: 'stale_events', ...PAID }),
  webhooks_before_the_answer: () => ({ scenario: 'early', ...PAID }),
  no_data: () => ({ scenario: 'stale_events', params: { afterStale: 'nothing' }, ...ESCALATED }),
  reads_fail: ({ random }: Dice) => ({
    scenario: 'healthy',
    params: { reads: [{ read: 'error', status: STATUSES[random.below(STATUSES.length)]! }, FOUND] },
    ...PAID,
  }),
  reads_broken: () => ({
    scenario: 'healthy',
    params: { reads: [{ read: 'cut' }, { read: 'garbled' }, FOUND] },
    ...PAID,
  }),
  refused: ({ random }: Dice) => ({
    scenario: 'healthy',
    params: { calls: [{ answer: 'error', status: [400, 401, 403, 422][random.below(4)]! }] },
    ...ESCALATED,
  }),
  fresh_already: () => ({
    scenario: 'healthy',
    successfullyAggregatedAt: new Date(Date.now() - 60_000).toISOString(),
    body: { maxAge: '1h' },
    ends: 'already_fresh',
  }),
  broken: () => ({ scenario: 'repair', ends: 'repair_required' }),
  deleted: () => ({ scenario: 'healthy', status: 'DELETED', ends: 'not_refreshable' }),
  vanished: () => ({ scenario: 'vanished', ends: 'not_found' }),
  vanished_before_the_call: () => ({
    scenario: 'vanished',
    params: { readsBeforeVanishing: 1, calls: [{ answer: 'error', status: 404 }] },
    ends: 'not_found',
  }),
} as const satisfies Record<string, (dice: Dice) => Sketch>;
export type Kind = keyof typeof KINDS;

function limited({ random, scale }: Dice, retryAfter: 'seconds' | 'date' | 'absent' | 'unreadable'): Sketch {
  return {
    scenario: 'mx_window',
    provider: retryAfter === 'absent' ? 'MX' : 'FINICITY',
    params: {
      windowMs: within(random, scale.windowMs),
      retryAfter,
      calls: [...Array.from({ length: 1 + random.below(2) }, () => LIMITED), ACCEPTED],
    },
    ...PAID,
  };
}
const LIMITED = { answer: 'rate_limited' } as const;

/** The same random numbers make the same scenarios. */
export function drawScenarios(random: Random, scale: ScenarioScale): readonly ChaosScenario[] {
  const kinds = Object.keys(KINDS) as Kind[];
  const deck = Array.from(
    { length: scale.count },
    (_, n) =>
      kinds[n < scale.count - (scale.count % kinds.length) ? n % kinds.length : random.below(kinds.length)]!,
  );
  return random.shuffled(deck).map((kind, n) => {
    const { body = {}, ends, params = {}, ...spec }: Sketch = KINDS[kind]({ random, scale });
    const aggregationMs = within(random, scale.aggregationMs);
    const answerDelayMs = random.below(4) === 0 ? within(random, SLOW_MS) : 0;
    const first = n % 10 > 0 ? scale.firstWithinMs : scale.allWithinMs;
    return {
      kind,
      spec: { ...spec, id: `chaos-${n}-${kind}`, params: { aggregationMs, answerDelayMs, ...params } },
      body,
      ends,
      askAfterMs: random.below(first),
      askAgainAfterMs: random.below(3) === 0 ? random.below(scale.allWithinMs) : null,
    };
  });
}

/** 1.5 s: time enough to see the call at Meld and kill the worker, and less than Meld may take. */
const CALL_TAKES_MS = 1_500;

/** One for each time that a worker is killed: in turn, Meld has executed the call by then, or never will. */
export function victimScenarios(faults: readonly Fault[]): readonly ChaosScenario[] {
  const unexecuted: Params = { calls: [{ answer: 'error', status: 503, delayMs: CALL_TAKES_MS }, ACCEPTED] };
  return faults.filter(killsWorker).map((_, n) => ({
    kind: 'killed_in_the_call',
    spec: {
      id: `chaos-victim-${n}`,
      scenario: 'healthy',
      params: n % 2 === 0 ? { answerDelayMs: CALL_TAKES_MS } : unexecuted,
    },
    body: {},
    ends: 'refreshed',
    askAfterMs: null,
    askAgainAfterMs: null,
  }));
}
