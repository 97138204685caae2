import { estimate, median, pairedRatio, quantile } from '../../../bench/statistics';

const oneToTen = [10, 2, 8, 4, 6, 5, 7, 3, 9, 1];

test.each([
  ['of few values the 99th percentile is the largest', oneToTen, 0.99, 10],
  ['of two hundred it is the last but two', Array.from({ length: 200 }, (_, n) => n + 1), 0.99, 198],
  ['one value is every quantile', [7], 0.01, 7],
])('%s', (_name, values, q, expected) => {
  expect(quantile(values, q)).toBe(expected);
});

test('no value has no quantile', () => {
  expect(() => quantile([], 0.5)).toThrow('at least one value');
});

test('the median of an even count lies between the two in the middle', () => {
  expect([median(oneToTen), median([1, 2, 9])]).toEqual([5.5, 2]);
});

test('a drift that meets both sides of each pair alike changes no ratio', () => {
  const drift = [1, 2, 4, 8];
  expect(
    pairedRatio(
      drift.map((factor) => factor * 3),
      drift.map((factor) => factor * 2),
    ),
  ).toEqual({
    value: 1.5,
    from: 1.5,
    to: 1.5,
    samples: 4,
  });
});

test('the interval holds the figure, and is wider where the samples are', () => {
  const narrow = estimate(oneToTen);
  const wide = estimate(oneToTen.map((value) => value * value));
  expect(narrow.from).toBeLessThan(5.5);
  expect(narrow.to).toBeGreaterThan(5.5);
  expect(wide.to - wide.from).toBeGreaterThan(narrow.to - narrow.from);
});

test('one sample is refused, since it says nothing of its spread', () => {
  expect(() => estimate([1])).toThrow('at least two samples, received 1');
});
