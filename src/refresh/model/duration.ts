import ms from 'ms';

/** A length of time as Temporal's TypeScript SDK takes it: `"90s"`, `"15m"`, `"3h"`. */
export type Duration = string;

/** A century: beyond it, instants computed from a duration could leave what a date can hold. */
export const LONGEST_MS = 36_525 * 86_400_000;

/**
 * Milliseconds of a duration string. The unit is required: `"15"` would silently be 15 milliseconds.
 * @returns `null` when the text is not a duration with a unit, or one below zero or beyond a century. Never throws.
 */
export function durationMs(duration: string): number | null {
  const value = anyDurationMs(duration);
  return value !== null && value >= 0 && value <= LONGEST_MS ? value : null;
}

/** The same, however long or short. */
export function anyDurationMs(duration: string): number | null {
  if (!/[a-z]$/i.test(duration)) return null;
  const value = ms(duration as ms.StringValue) as number | undefined;
  return value ?? null;
}
