/** A year: more is as good as never, and stays within every clock and timer that the value meets. */
const MAX_WAIT_MS = 365 * 86_400_000;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;
const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)';
const LONG_DAY = '(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)';

/** The three forms of an HTTP-date (RFC 9110, 5.6.7); a recipient must take all of them. */
const HTTP_DATES = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(String.raw`^${DAY}, (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} gmt$`, 'i'),
  // Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(String.raw`^${LONG_DAY}, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} gmt$`, 'i'),
  // Sun Nov  6 08:49:37 1994
  new RegExp(String.raw`^${DAY} ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`, 'i'),
];

/** Commas between values; an HTTP-date has one of its own, before its day. */
const BETWEEN_VALUES = /,(?! \d\d[ -][a-z]{3})/i;

/**
 * How long a `Retry-After` header asks to wait. Never throws.
 * @param header delta-seconds (a fraction is rounded up) or HTTP-date (RFC 9110, 10.2.3); Meld documents neither.
 * Given several times, or as a list, the latest counts.
 * @returns milliseconds, zero or more and a year at most; `null` when absent or unreadable.
 */
export function parseRetryAfter(
  header: string | readonly string[] | undefined,
  nowMs: number,
): number | null {
  const lines = typeof header === 'string' ? [header] : (header ?? []);
  const waits = lines
    .flatMap((line) => line.split(BETWEEN_VALUES))
    .map((value) => waitOf(value.trim(), nowMs))
    .filter((waitMs) => waitMs !== null);
  return waits.length === 0 ? null : Math.max(...waits);
}

function waitOf(text: string, nowMs: number): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) return withinBounds(Math.ceil(Number(text)) * 1000);
  const untilMs = httpDateMs(text, nowMs);
  return untilMs === null ? null : withinBounds(untilMs - nowMs);
}

function httpDateMs(text: string, nowMs: number): number | null {
  for (const form of HTTP_DATES) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return toMs(parts, nowMs);
  }
  return null;
}

function toMs(parts: Readonly<Record<string, string>>, nowMs: number): number | null {
  const number = (name: string): number => Number(parts[name]);
  const month = MONTHS.indexOf((parts['month'] ?? '').toLowerCase());
  // 60 is a leap second.
  if (number('hour') > 23 || number('minute') > 59 || number('second') > 60) return null;

  const at = new Date(0);
  at.setUTCFullYear(
    parts['year']?.length === 2 ? fullYear(number('year'), nowMs) : number('year'),
    month,
    number('day'),
  );
  // A day that is not there overflows into another month.
  if (at.getUTCMonth() !== month) return null;
  return at.setUTCHours(number('hour'), number('minute'), number('second'));
}

/** A two-digit year is at most 50 years ahead; else it is the last such year in the past (RFC 9110, 5.6.7). */
function fullYear(twoDigits: number, nowMs: number): number {
  const lastYear = new Date(nowMs).getUTCFullYear() + 50;
  return lastYear - ((lastYear - twoDigits) % 100);
}

const withinBounds = (waitMs: number): number | null =>
  Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), MAX_WAIT_MS);
