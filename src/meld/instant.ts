import { instantMs, toInstant } from '../refresh/model/instant';

/**
 * An instant of Meld's in the one spelling used everywhere behind this boundary: UTC with milliseconds. Never throws.
 * @returns `null` for what is no RFC 3339 instant, or none in UTC.
 */
export function normalizedInstant(text: string): string | null {
  const value = instantMs(text);
  if (value === null) return null;
  const instant = toInstant(value);
  // An offset can push the edge of the year range out of RFC 3339: the year has a sign and six digits then.
  return /^\d/.test(instant) ? instant : null;
}
