/** One round of refreshes. */
export interface Round {
  readonly tookMs: number;
  /** From each request to its outcome. */
  readonly latenciesMs: readonly number[];
}

export interface LoadFigures {
  readonly refreshes: number;
  /** Of all rounds together. */
  readonly perSecond: number;
  /** Of the slowest and the fastest round: how far to trust a difference. */
  readonly perSecondFrom: number;
  readonly perSecondTo: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface HistorySize {
  readonly events: number;
  readonly bytes: number;
}

/** What a worker holds at one moment. */
export interface MemorySample {
  /** Of the process. V8 keeps more than it needs, in steps: trust a difference only of many runs. */
  readonly rssBytes: number;
  /** What V8's heaps of all threads hold once their garbage is collected. */
  readonly heapBytes: number;
  readonly cachedRuns: number;
}

export interface MemoryFigures {
  readonly before: MemorySample;
  readonly after: MemorySample;
  readonly rssBytesPerRun: number;
  readonly heapBytesPerRun: number;
}

/**
 * The value that a share `q` of all values does not exceed, by nearest rank: of fewer than a hundred values the 99th
 * percentile is the largest.
 * @throws Error when there are none
 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  if (value === undefined) throw new Error('expected at least one value');
  return value;
}

export function loadFigures(rounds: readonly Round[]): LoadFigures {
  const latenciesMs = rounds.flatMap((round) => round.latenciesMs);
  const tookMs = rounds.reduce((total, round) => total + round.tookMs, 0);
  const rates = rounds.map((round) => perSecond(round.latenciesMs.length, round.tookMs));
  return {
    refreshes: latenciesMs.length,
    perSecond: perSecond(latenciesMs.length, tookMs),
    perSecondFrom: Math.min(...rates),
    perSecondTo: Math.max(...rates),
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  };
}

/** The size in the middle: now and then a webhook is early or late, and the history an event longer. */
export function usualSize(sizes: readonly HistorySize[]): HistorySize {
  return {
    events: quantile(
      sizes.map(({ events }) => events),
      0.5,
    ),
    bytes: quantile(
      sizes.map(({ bytes }) => bytes),
      0.5,
    ),
  };
}

/** @throws Error when there are no more cached runs than before: there is nothing to divide by */
export function memoryFigures(before: MemorySample, after: MemorySample): MemoryFigures {
  const more = after.cachedRuns - before.cachedRuns;
  if (more <= 0) throw new Error(`expected more cached runs than ${before.cachedRuns}, got ${more} more`);
  return {
    before,
    after,
    rssBytesPerRun: (after.rssBytes - before.rssBytes) / more,
    heapBytesPerRun: (after.heapBytes - before.heapBytes) / more,
  };
}

function perSecond(count: number, tookMs: number): number {
  return (count / tookMs) * 1_000;
}
