import { getEventListeners } from 'node:events';
import { makePause } from '../../../src/lib/make-pause';

test('pauses end by their time, and all that are left when the signal aborts', async () => {
  jest.useFakeTimers();
  const stop = new AbortController();
  const pause = makePause(stop.signal);
  const ended: string[] = [];
  const pauses = ['short', 'long', 'longer'].map((name, index) =>
    pause(1_000 * 10 ** index).then(() => void ended.push(name)),
  );
  await jest.advanceTimersByTimeAsync(1_000);
  expect(ended).toEqual(['short']);
  stop.abort();
  await Promise.all(pauses);
  expect(ended).toEqual(['short', 'long', 'longer']);
  expect(jest.getTimerCount()).toBe(0);
  await pause(1_000);
  jest.useRealTimers();
});

test('however many pauses are one listener of the signal, which has to look through all of them', () => {
  const { signal } = new AbortController();
  const pause = makePause(signal);
  jest.useFakeTimers();
  for (let count = 0; count < 100; count += 1) void pause(1_000);
  jest.useRealTimers();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
});
