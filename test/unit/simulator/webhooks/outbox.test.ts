import { retryGapMs } from '../../../../src/simulator/webhooks/outbox';

const MINUTE_MS = 60_000;

test.each([
  [1, 1],
  [2, 2],
  [3, 4],
  [6, 32],
  [7, 60],
  [8, 60],
  [76, 60],
])('retry %i comes after %i minutes', (retry, minutes) => {
  expect(retryGapMs(retry)).toBe(minutes * MINUTE_MS);
});

test('gives up after three days', () => {
  expect(retryGapMs(77)).toBeNull();
});
