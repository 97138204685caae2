import fc from 'fast-check';
import { parseRetryAfter } from '../../../../src/meld/http/retry-after';

const NOW_MS = Date.parse('1994-11-06T08:49:00Z');
const YEAR_MS = 365 * 86_400_000;

test.each<[string, string | readonly string[] | undefined, number | null]>([
  ['seconds', '120', 120_000],
  ['no seconds', '0', 0],
  ['seconds with leading zeros', '007', 7000],
  ['seconds with space around', ' 120 ', 120_000],
  ['more seconds than anyone can wait', '9'.repeat(400), YEAR_MS],
  ['an IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['an RFC 850 date', 'Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['an asctime date', 'Sun Nov  6 08:49:37 1994', 37_000],
  ['an asctime date with a day of two digits', 'Sun Nov 06 08:49:37 1994', 37_000],
  ['a date in other letters', 'sun, 06 nov 1994 08:49:37 gmt', 37_000],
  ['a date in the past as no wait', 'Sun, 06 Nov 1994 08:00:00 GMT', 0],
  ['a leap second', 'Sun, 06 Nov 1994 08:49:60 GMT', 60_000],
  ['a date far ahead as a year', 'Fri, 06 Nov 2099 08:49:37 GMT', YEAR_MS],
  ['two digits of a year 50 years ahead as the future', 'Sunday, 06-Nov-44 08:49:37 GMT', YEAR_MS],
  ['two digits of a year more than 50 years ahead as the past', 'Monday, 06-Nov-45 08:49:37 GMT', 0],
  ['no header as absent', undefined, null],
  ['an empty header as absent', '', null],
  ['a negative number as absent', '-1', null],
  ['a fraction rounded up to the second', '11.5', 12_000],
  ['a comma as decimal sign as a list', '1,5', 5000],
  ['a fraction without its digits as absent', '1.', null],
  ['an exponent as absent', '1e3', null],
  ['hexadecimal as absent', '0x10', null],
  ['the latest of a list', '30, 2', 30_000],
  ['the latest of a list with dates', 'Sun, 06 Nov 1994 08:49:37 GMT, 5', 37_000],
  ['the latest of a list that ends with a date', '5,Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['the latest of two old dates', 'Sunday, 06-Nov-94 08:49:07 GMT, Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['the latest of two headers', ['2', '30'], 30_000],
  ['the readable one of two headers', ['soon', '30'], 30_000],
  ['two unreadable headers as absent', ['soon', 'later'], null],
  ['words as absent', 'soon', null],
  ['an ISO date as absent', '1994-11-06T08:49:37Z', null],
  ['another zone as absent', 'Sun, 06 Nov 1994 08:49:37 CET', null],
  ['day 31 of November as absent', 'Sun, 31 Nov 1994 08:49:37 GMT', null],
  ['a year of four digits as what it says', 'Mon, 06 Nov 1899 08:49:37 GMT', 0],
  ['day 0 as absent', 'Sun, 00 Nov 1994 08:49:37 GMT', null],
  ['minute 60 as absent', 'Sun, 06 Nov 1994 08:60:00 GMT', null],
  ['second 61 as absent', 'Sun, 06 Nov 1994 08:49:61 GMT', null],
  ['hour 24 as absent', 'Sun, 06 Nov 1994 24:00:00 GMT', null],
])('reads %s', (_name, header, expected) => {
  expect(parseRetryAfter(header, NOW_MS)).toBe(expected);
});

test('reads two digits of a year across the end of a century', () => {
  const nowMs = Date.parse('1999-12-31T23:59:59Z');
  expect(parseRetryAfter('Saturday, 01-Jan-00 00:00:01 GMT', nowMs)).toBe(2000);
});

const dates = () =>
  fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });

const anyHeader = () =>
  fc.oneof(
    fc.string(),
    fc.stringMatching(/^\d{1,400}$/),
    dates().map((date) => date.toUTCString()),
    dates().map((date) => date.toUTCString().replace(/(\d\d) (\w{3}) \d\d(\d\d)/, '$1-$2-$3')),
  );

test('never asks for a negative or endless wait, whatever the header and the clock say', () => {
  fc.assert(
    fc.property(anyHeader(), fc.oneof(fc.nat(), fc.double()), (header, nowMs) => {
      const waitMs = parseRetryAfter(header, nowMs);
      if (waitMs === null) return;
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThanOrEqual(YEAR_MS);
    }),
    { numRuns: 1000 },
  );
});

test('reads every IMF-fixdate to the second', () => {
  fc.assert(
    fc.property(dates(), fc.integer({ min: 0, max: 86_400 }), (date, seconds) => {
      const untilMs = Math.floor(date.getTime() / 1000) * 1000;
      expect(parseRetryAfter(date.toUTCString(), untilMs - seconds * 1000)).toBe(seconds * 1000);
    }),
  );
});
