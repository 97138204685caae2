import fc from 'fast-check';
import { durationMs } from '../../../../src/refresh/model/duration';
import { instantMs, toInstant, toReadable } from '../../../../src/refresh/model/instant';

const NOON_MS = 1_772_366_400_000;

test.each([
  ['2026-03-01T12:00:00Z', NOON_MS],
  ['2026-03-01t12:00:00z', NOON_MS],
  ['2026-03-01T12:00:00.1Z', NOON_MS + 100],
  ['2026-03-01T12:00:00.123456789Z', NOON_MS + 123],
  ['2026-03-01T14:30:00+02:30', NOON_MS],
  ['2026-03-01T09:30:00-02:30', NOON_MS],
  ['2026-03-01T12:00:00+0000', NOON_MS],
  ['2026-03-01T09:30:00-0230', NOON_MS],
])('reads %j', (text, expected) => {
  expect(instantMs(text)).toBe(expected);
});

test.each([
  ' 2026-03-01T12:00:00Z',
  '2026-03-01T12:00:00Z ',
  '02026-03-01T12:00:00Z',
  '+002026-03-01T12:00:00Z',
  '26-03-01T12:00:00Z',
  '2026-3-01T12:00:00Z',
  '2026-03-1T12:00:00Z',
  '2026-03-01T1:00:00Z',
  '2026-03-01T12:0:00Z',
  '2026-03-01T12:00:0Z',
  '2026-03-01T12:00Z',
  '2026-03-01T12:00:00.Z',
  '2026-03-01T12:00:00,5Z',
  '2026-03-01T12:00:00',
  '2026-03-01T12:00:00+2:00',
  '2026-03-01T12:00:00+02:0',
  '2026-03-01T12:00:00+02',
  '2026-03-01T12:00:00+02000',
  '2026-03-01T12:00:00 02:00',
  '2026-03-01 12:00:00Z',
  '2026-03-01T24:30:00Z',
  '2026-03-01T24:00:00Z',
  '2026-13-01T12:00:00Z',
  '2026-00-01T12:00:00Z',
  '2026-02-29T12:00:00Z',
  '2026-02-30T12:00:00Z',
  '2026-04-31T12:00:00Z',
  '2026-04-00T12:00:00Z',
  '2026-03-01T12:00:00Z\n',
  '2026-03-01T12:00:00Zulu',
  'Sun, 01 Mar 2026 12:00:00 GMT',
])('%j is no instant', (text) => {
  expect(instantMs(text)).toBeNull();
});

test('writes instants in the one spelling, and for people', () => {
  expect(toInstant(NOON_MS + 5)).toBe('2026-03-01T12:00:00.005Z');
  expect(toReadable(NOON_MS + 5)).toBe('2026-03-01 12:00:00 UTC');
});

test.each([
  ['36525d', 36_525 * 86_400_000],
  [`${36_525 * 86_400_000 + 1}ms`, null],
  ['0s', 0],
  ['-1s', null],
])('the duration %j is within a century or none', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

test.each(['15', '0', '1.5', '15 ', ''])(
  'rejects the duration %j, which has no unit and would be read as milliseconds',
  (text) => {
    expect(durationMs(text)).toBeNull();
  },
);

test('reads every date as what it is', () => {
  const dates = fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(dates, (date) => {
      expect(instantMs(date.toISOString())).toBe(date.getTime());
    }),
  );
});
