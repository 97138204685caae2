import { normalizedInstant } from '../../../src/meld/instant';

test.each([
  [
    'cuts microseconds, so that nothing reads as newer than it is',
    '2022-05-26T20:25:17.682999Z',
    '2022-05-26T20:25:17.682Z',
  ],
  ['turns an offset into UTC', '2022-05-26T22:25:17+02:00', '2022-05-26T20:25:17.000Z'],
  ['takes lower case, as RFC 3339 does', '2022-05-26t20:25:17z', '2022-05-26T20:25:17.000Z'],
  ['refuses a time without a zone', '2022-05-26T20:25:17', null],
  ['refuses a date without a time', '2022-05-26', null],
  ['refuses February 30', '2022-02-30T00:00:00Z', null],
  ['takes the leap day', '2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['refuses month 13', '2022-13-01T00:00:00Z', null],
  ['refuses hour 25', '2022-05-26T25:00:00Z', null],
  ['refuses an offset that leaves the years of RFC 3339', '0000-01-01T00:00:00+23:59', null],
  ['refuses November 31', '2022-11-31T00:00:00Z', null],
  ['refuses day 0', '2022-11-00T00:00:00Z', null],
  ['refuses hour 24, which is another day', '2022-05-26T24:00:00Z', null],
  ['refuses words', 'yesterday', null],
  ['refuses a line more', '2022-05-26T20:25:17Z\n', null],
])('%s', (_name, text, expected) => {
  expect(normalizedInstant(text)).toBe(expected);
});
