const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Milliseconds since the epoch of an RFC 3339 instant, fractions cut to milliseconds.
 * @returns `null` for any other text, a date without a time zone included. Never throws.
 */
export function instantMs(text: string): number | null {
  if (!RFC_3339.test(text)) return null;
  const value = Date.parse(text.toUpperCase());
  return Number.isNaN(value) ? null : value;
}

/** RFC 3339 in UTC, with milliseconds. */
export function toInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The same to the second, for sentences that people read: `2026-03-01 12:00:00 UTC`. */
export function toReadable(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
