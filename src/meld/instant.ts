const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Milliseconds since the epoch of an RFC 3339 instant; anything finer is cut off, so it never reads as newer than
 * it is. Never throws.
 * @returns `null` for everything else, a time without a zone included: guessing one could be hours off.
 */
export function instantMs(text: string): number | null {
  const upper = text.toUpperCase();
  const match = RFC_3339.exec(upper);
  if (match === null || !isDate(Number(match[1]), Number(match[2]), Number(match[3]))) return null;
  const value = Date.parse(upper);
  return Number.isNaN(value) ? null : value;
}

/** The same instant in the one spelling used everywhere behind this boundary: UTC with milliseconds. */
export function normalizedInstant(text: string): string | null {
  const value = instantMs(text);
  if (value === null) return null;
  const iso = new Date(value).toISOString();
  // An offset can push the edge of the year range out of RFC 3339.
  return RFC_3339.test(iso) ? iso : null;
}

/** `Date.parse` takes February 30 for March 2. */
function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
