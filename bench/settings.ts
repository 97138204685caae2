/** How much is measured. All counts are bounded, so that no run is without an end. */
export interface Settings {
  /** Plain refreshes in one round. */
  readonly refreshes: number;
  /** How many of them are under way at the same time. */
  readonly concurrency: number;
  /** Rounds of each kind, in turn: what else the machine does then meets all kinds alike. */
  readonly rounds: number;
  /** Refreshes of each kind before the first round, which are not measured. */
  readonly warmUp: number;
  /** Refreshes made one after the other. */
  readonly alone: number;
  /** Runs that sleep in a window while the worker's memory is read. */
  readonly asleep: number;
  /** After so long the benchmark gives up. */
  readonly withinMinutes: number;
}

interface Count {
  readonly variable: string;
  readonly usual: number;
  readonly least: number;
  readonly most: number;
}

const COUNTS: Readonly<Record<keyof Settings, Count>> = {
  refreshes: { variable: 'BENCH_REFRESHES', usual: 300, least: 1, most: 5_000 },
  // 100: as many waits as the server holds for one caller.
  concurrency: { variable: 'BENCH_CONCURRENCY', usual: 50, least: 1, most: 100 },
  rounds: { variable: 'BENCH_ROUNDS', usual: 3, least: 1, most: 20 },
  warmUp: { variable: 'BENCH_WARM_UP', usual: 100, least: 0, most: 5_000 },
  alone: { variable: 'BENCH_ALONE', usual: 30, least: 1, most: 1_000 },
  // 1,500: with those of the warm-up less than the 2,000 that a worker keeps.
  asleep: { variable: 'BENCH_ASLEEP', usual: 500, least: 1, most: 1_500 },
  withinMinutes: { variable: 'BENCH_WITHIN_MINUTES', usual: 15, least: 1, most: 120 },
};

/** @throws Error that names every wrong variable */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const wrong: string[] = [];
  const read = ({ variable, usual, least, most }: Count): number => {
    const text = env[variable] ?? '';
    if (text === '') return usual;
    const count = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (count >= least && count <= most) return count;
    wrong.push(`${variable}: expected a whole number, ${least} to ${most}, received ${JSON.stringify(text)}`);
    return usual;
  };
  const settings: Settings = {
    refreshes: read(COUNTS.refreshes),
    concurrency: read(COUNTS.concurrency),
    rounds: read(COUNTS.rounds),
    warmUp: read(COUNTS.warmUp),
    alone: read(COUNTS.alone),
    asleep: read(COUNTS.asleep),
    withinMinutes: read(COUNTS.withinMinutes),
  };
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return settings;
}
