/** A figure and how far to trust it: 95 % of the resamples lie between `from` and `to`. */
export interface Cell {
  readonly value: number;
  readonly from: number;
  readonly to: number;
  readonly samples: number;
}

const RESAMPLES = 1_000;

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

export function median(values: readonly number[]): number {
  return (
    (quantile(values, 0.5) +
      -quantile(
        values.map((value) => -value),
        0.5,
      )) /
    2
  );
}

export function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/**
 * The statistic of the samples with its percentile bootstrap interval. Two samples at least: one says nothing of its
 * spread. The resamples are the same at every run.
 * @throws Error when there are fewer than two
 */
export function estimate(
  samples: readonly number[],
  statistic: (values: readonly number[]) => number = median,
): Cell {
  if (samples.length < 2) throw new Error(`expected at least two samples, received ${samples.length}`);
  const random = makeRandom(samples.length);
  const resampled = Array.from({ length: RESAMPLES }, () =>
    statistic(samples.map(() => samples[Math.floor(random() * samples.length)]!)),
  );
  return {
    value: statistic(samples),
    from: quantile(resampled, 0.025),
    to: quantile(resampled, 0.975),
    samples: samples.length,
  };
}

/** The median of the ratios, pair by pair. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): Cell {
  return estimate(ours.map((value, pair) => value / theirs[pair]!));
}

/** Mulberry32: from 0 to below 1. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
