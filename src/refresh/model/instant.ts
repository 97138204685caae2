/** RFC 3339, and an offset without a colon (`+0000`), as many libraries write it. */
const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/i;

/**
 * Milliseconds since the epoch of an RFC 3339 instant (a colon in the offset is optional); anything finer is cut off, so it never reads as newer than
 * it is. Never throws.
 * @returns `null` for everything else, a time without a zone included: guessing one could be hours off.
 */
export function instantMs(text: string): number | null {
  const match = INSTANT.exec(text);
  if (match === null || !isDate(Number(match[1]), Number(match[2]), Number(match[3]))) return null;
  const value = Date.parse(text.toUpperCase().replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(value) ? null : value;
}

export function isInstant(value: unknown): value is string {
  return typeof value === 'string' && instantMs(value) !== null;
}

/** `Date.parse` takes February 30 for March 2: a day that is not there overflows into the next month. */
function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1;
}

/**
 * An instant as another clock tells it, as far as ours allows for that: `null` before `fromMs` and after `untilMs`. A
 * clock that is ahead by no more than clocks may differ tells of `untilMs`.
 */
export function instantWithin(
  text: string | undefined,
  fromMs: number,
  untilMs: number,
  toleranceMs: number,
): number | null {
  const toldMs = instantMs(text ?? '');
  return toldMs !== null && toldMs >= fromMs && toldMs <= untilMs + toleranceMs
    ? Math.min(toldMs, untilMs)
    : null;
}

/** RFC 3339 in UTC, with milliseconds. */
export function toInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The same to the second, for sentences that people read: `2026-03-01 12:00:00 UTC`. */
export function toReadable(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
