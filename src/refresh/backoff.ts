import type { Growth } from './input/parse-policy';

/** The n-th interval of a growing series, n from 0, in milliseconds. */
export function growingIntervalMs(growth: Growth, n: number): number {
  return Math.min(growth.maximumMs, growth.initialMs * growth.factor ** n);
}

/**
 * How long to back off before the n-th retry, n from 0.
 * @param random from 0 to below 1. The wait lies between half the interval and the whole of it, so that
 *   connections that failed together do not come back together ("equal jitter").
 */
export function backoffMs(growth: Growth, n: number, random: number): number {
  return Math.round(growingIntervalMs(growth, n) * (0.5 + random / 2));
}
