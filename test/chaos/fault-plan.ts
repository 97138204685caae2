import type { Random } from '../../src/simulator/state/random';

export const TARGETS = ['temporal', 'worker', 'server'] as const;
export type Target = (typeof TARGETS)[number];

/**
 * What is done to processes: killed and restarted later (`kill -9`), stopped and continued (SIGSTOP, SIGCONT), or, to the
 * worker alone, cut off from Temporal and from nothing else.
 */
export interface Fault {
  readonly how: 'kill' | 'freeze' | 'cut';
  /** All at the same moment. */
  readonly targets: readonly Target[];
  /** Counted from the end of the fault before. */
  readonly afterMs: number;
  /** How long they are away, the time of a new start not counted. */
  readonly forMs: number;
}

export interface FaultScale {
  /** Faults beyond the seven that each round has: every process killed and frozen once, the worker cut off. */
  readonly more: number;
  readonly calmMs: Range;
  readonly awayMs: Range;
}

/** From the first, below the second. */
export type Range = readonly [number, number];

/** The same random numbers make the same plan. */
export function planFaults(random: Random, { more, calmMs, awayMs }: FaultScale): readonly Fault[] {
  const hows = ['kill', 'freeze'] as const;
  const each = hows.flatMap((how) => TARGETS.map((target) => ({ how, targets: [target] })));
  const cut = { how: 'cut', targets: ['worker'] } as const;
  const further = Array.from({ length: more }, () => ({
    how: hows[random.below(hows.length)]!,
    targets: random.shuffled(TARGETS).slice(0, 1 + random.below(TARGETS.length)),
  }));
  return random.shuffled([...each, cut, ...further]).map((fault) => ({
    ...fault,
    afterMs: within(random, calmMs),
    forMs: within(random, awayMs),
  }));
}

/** A worker that is killed is killed in a charged call: that is when it hurts. */
export function killsWorker({ how, targets }: Fault): boolean {
  return how === 'kill' && targets.includes('worker');
}

export function within(random: Random, [from, below]: Range): number {
  return from + random.below(below - from);
}
