import ms from 'ms';

/** A length of time as Temporal's TypeScript SDK takes it: `"90s"`, `"15m"`, `"3h"`. */
export type Duration = string;

/**
 * Milliseconds of a duration string.
 * @returns `null` when the text is no duration, or a negative or endless one. Never throws.
 */
export function durationMs(duration: string): number | null {
  if (duration === '') return null;
  const value = ms(duration as ms.StringValue) as number | undefined;
  return value !== undefined && Number.isFinite(value) && value >= 0 ? value : null;
}
