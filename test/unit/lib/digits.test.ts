import { digitsAsNumber } from '../../../src/lib/digits';

test.each([
  ['0', 0],
  ['0042', 42],
  ['999999999999999', 999_999_999_999_999],
])('%p is the number %p', (text, number) => expect(digitsAsNumber(text)).toBe(number));

test.each(['', ' 1', '1e1', '0x1', '+1', '-1', '1.0', '1_000', '٣', '1000000000000000', undefined, ['1']])(
  '%p stays as it is: only decimal digits are a number',
  (value) => expect(digitsAsNumber(value)).toBe(value),
);
