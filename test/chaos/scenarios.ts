import { scenariosAt, type ScenarioKey } from '../../src/dev/scenarios';
import type { ConnectionSpec } from '../../src/simulator/state/connection-spec';
import type { Random } from '../../src/simulator/state/random';
import type { Outcome } from '../../src/refresh/model/outcome';
import { killsWorker, within, type Fault, type Range } from './fault-plan';

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

interface Dice {
  readonly random: Random;
  readonly scale: ScenarioScale;
}

const ACCEPTED = { answer: 'accepted' } as const;
const LIMITED = { answer: 'rate_limited' } as const;
const FOUND = { read: 'found' } as const;
const READ_STATUSES = [500, 502, 503, 504] as const;
const REFUSALS = [400, 401, 403, 422] as const;

const windows = ({ random }: Dice): Params => ({
  calls: [...Array.from({ length: 1 + random.below(2) }, () => LIMITED), ACCEPTED],
});
const failures = () => ({ failures: 4 });

/** A scenario with other numbers. Each happens at least once in a round that has as many refreshes; the rest is drawn. */
const KINDS = {
  healthy: ['healthy'],
  slow_answer: ['healthy', ({ random }) => ({ answerDelayMs: within(random, SLOW_MS) })],
  limited_in_seconds: ['window_in_seconds', windows],
  limited_until_a_date: ['window_until_date', windows],
  limited_without_a_word: ['window_by_rule', windows],
  limited_unreadably: ['window_unreadable', windows],
  limited_and_not_waited_for: ['window_not_waited_for', () => ({ windowMs: 3_600_000 })],
  saved_by_an_automatic_aggregation: [
    'background',
    ({ random }) => ({ windowMs: 20_000, backgroundAfterMs: within(random, [500, 3_000]) }),
  ],
  failing_for_a_while: ['flaky', ({ random }) => ({ failures: 1 + random.below(2) })],
  degraded: ['down', ({ random }) => ({ failures: 4, becomesAfterMs: within(random, [200, 1_500]) })],
  undetermined: ['undetermined', failures],
  answer_never_given: ['lost_answer'],
  answer_cut: ['answer_cut'],
  answer_of_a_gateway: ['answer_of_a_gateway'],
  answer_cut_and_data_late: ['answer_cut', ({ scale }) => ({ aggregationMs: scale.lateMs })],
  answer_garbled: ['answer_garbled'],
  webhooks_dropped: ['lost_webhooks'],
  webhooks_half_dropped: ['lost_webhooks', () => ({ delivery: { dropChance: 0.5 } })],
  webhooks_doubled: ['duplicated', ({ random }) => ({ delivery: { copies: 2 + random.below(3) } })],
  webhooks_late: [
    'healthy',
    ({ random }) => ({ delivery: { delayMs: within(random, [1_000, 4_000]), gapMs: random.below(1_000) } }),
  ],
  webhooks_reordered: ['reordered', ({ random }) => ({ delivery: { gapMs: 1 + random.below(500) } })],
  webhooks_of_yesterday: ['stale_events'],
  webhooks_before_the_answer: ['early'],
  no_data: ['no_data'],
  reads_fail: [
    'reads_fail',
    ({ random }) => ({
      reads: [{ read: 'error', status: READ_STATUSES[random.below(READ_STATUSES.length)]! }, FOUND],
    }),
  ],
  reads_broken: ['reads_fail', () => ({ reads: [{ read: 'cut' }, { read: 'garbled' }, FOUND] })],
  refused: [
    'rejected',
    ({ random }) => ({
      calls: [{ answer: 'error', status: REFUSALS[random.below(REFUSALS.length)]! }],
    }),
  ],
  fresh_already: ['fresh_already'],
  broken: ['repair'],
  deleted: ['deleted'],
  vanished: ['vanished'],
  vanished_before_the_call: ['vanished_before_the_call'],
} as const satisfies Record<string, readonly [ScenarioKey, ((dice: Dice) => Params)?]>;
export type Kind = keyof typeof KINDS;

/** The same random numbers make the same scenarios. */
export function drawScenarios(random: Random, scale: ScenarioScale): readonly ChaosScenario[] {
  const kinds = Object.keys(KINDS) as Kind[];
  const deck = Array.from(
    { length: scale.count },
    (_, n) =>
      kinds[n < scale.count - (scale.count % kinds.length) ? n % kinds.length : random.below(kinds.length)]!,
  );
  return random.shuffled(deck).map((kind, n) => {
    const [key, draw]: readonly [ScenarioKey, ((dice: Dice) => Params)?] = KINDS[kind];
    const aggregationMs = within(random, scale.aggregationMs);
    const { connection, request, ends } = scenariosAt({
      aggregationMs,
      windowMs: within(random, scale.windowMs),
    })[key];
    const answerDelayMs = random.below(4) === 0 ? within(random, SLOW_MS) : 0;
    const first = n % 10 > 0 ? scale.firstWithinMs : scale.allWithinMs;
    return {
      kind,
      spec: {
        ...connection,
        id: `chaos-${n}-${kind}`,
        params: { aggregationMs, answerDelayMs, ...connection.params, ...draw?.({ random, scale }) },
      },
      body: request ?? {},
      ends: ends.outcome,
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
