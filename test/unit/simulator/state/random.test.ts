import { makeRandom } from '../../../../src/simulator/state/random';

const take = (seed: number): number[] => {
  const random = makeRandom(seed);
  return Array.from({ length: 1_000 }, random.next);
};

test('the same seed gives the same numbers, another one others', () => {
  expect(take(1)).toEqual(take(1));
  expect(take(1)).not.toEqual(take(2));
});

test('numbers lie in [0, 1) and spread', () => {
  const numbers = take(42);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(new Set(numbers.map((n) => Math.floor(n * 10))).size).toBe(10);
});

test('ids look like Meld’s and do not repeat', () => {
  const random = makeRandom(1);
  const ids = Array.from({ length: 10_000 }, random.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[1-9A-HJ-NP-Za-km-z]{22}$/);
});
