import type { Injection } from './inject-fault';
import type { Target } from './fault-plan';
import { grouped } from './grouped';
import type { Mark, RunRecord } from './run-records';

/** Milliseconds from the begin of a restart, or from SIGCONT, to the first event in any history, or answer to a caller, that shows work. */
export interface Recovery {
  readonly tookMs: readonly number[];
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

/** By process and fault, and over all. */
export function measureRecovery(
  injections: readonly Injection[],
  runs: readonly RunRecord[],
  servedAtMs: readonly number[],
): Readonly<Record<string, Recovery>> {
  const served = servedAtMs.map((atMs): Mark => ({ by: 'server', atMs }));
  const marks = [...runs.flatMap((run) => run.marks), ...served].sort((a, b) => a.atMs - b.atMs);
  const times = injections.map(({ target, how, releasedAtMs }) => {
    const first = marks.find(({ by, atMs }) => atMs >= releasedAtMs && WRITERS[target].includes(by));
    return { what: `${target} ${how}`, tookMs: first === undefined ? null : first.atMs - releasedAtMs };
  });
  const groups = [...grouped(times, ({ what }) => what)].sort(([a], [b]) => a.localeCompare(b));
  return Object.fromEntries(
    [...groups, ['all', times] as const].map(([what, some]) => {
      const tookMs = some.flatMap((time) => time.tookMs ?? []);
      return [what, recoveryOf(tookMs, some.length - tookMs.length)];
    }),
  );
}

export function recoveryOf(unsortedMs: readonly number[], idle: number): Recovery {
  const tookMs = [...unsortedMs].sort((a, b) => a - b);
  const quantile = (q: number) => {
    const value = tookMs[Math.max(0, Math.ceil(q * tookMs.length) - 1)];
    return value === undefined ? null : Math.round(value);
  };
  return {
    tookMs: tookMs.map(Math.round),
    idle,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}
