import { clockOffset } from '../../../../src/cli/doctor/check-meld';

test.each([
  ['within the exchange', 10_000, 0],
  ['within the second that the header leaves open', 9_500, 0],
  ['ahead', 20_000, 9_500],
  ['behind', 2_000, -7_000],
])('a clock that is %s', (_name, dateMs, offMs) => {
  expect(clockOffset(dateMs, 10_000, 10_500)).toBe(offMs);
});
