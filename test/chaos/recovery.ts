import type { Blow } from './carry-out';
import { TARGETS } from './fault-plan';
import type { Target } from './fault-plan';
import type { Mark, RunRecord } from './run-records';

/** Milliseconds from the begin of a restart, or from SIGCONT, to the first thing in any history that shows work. */
export interface Recovery {
  readonly measured: number;
  /** Nothing was to be done any more. */
  readonly idle: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

const WRITERS: Readonly<Record<Target, readonly Mark['by'][]>> = {
  worker: ['worker'],
  server: ['server'],
  temporal: ['worker', 'server'],
};

export function measureRecovery(
  blows: readonly Blow[],
  runs: readonly RunRecord[],
): Readonly<Record<Target | 'all', Recovery>> {
  const marks = runs.flatMap((run) => run.marks).sort((a, b) => a.atMs - b.atMs);
  const times = blows.map(({ target, releasedAtMs }) => {
    const first = marks.find(({ by, atMs }) => atMs >= releasedAtMs && WRITERS[target].includes(by));
    return { target, tookMs: first === undefined ? null : first.atMs - releasedAtMs };
  });
  const of = (some: typeof times): Recovery => {
    const took = some.flatMap(({ tookMs }) => tookMs ?? []).sort((a, b) => a - b);
    const quantile = (q: number) => {
      const value = took[Math.max(0, Math.ceil(q * took.length) - 1)];
      return value === undefined ? null : Math.round(value);
    };
    const idle = some.length - took.length;
    return { measured: took.length, idle, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
  };
  const [temporal, worker, server] = TARGETS.map((target) =>
    of(times.filter((one) => one.target === target)),
  );
  return { temporal: temporal!, worker: worker!, server: server!, all: of(times) };
}
