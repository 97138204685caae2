import { getEventListeners } from 'node:events';
import { linkSignals } from '../../../src/lib/link-signals';
import { collectGarbage } from '../../support/collect-garbage';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('aborts with the first of the signals, and listens to the others no more', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const { signal } = linkSignals([one.signal, other.signal]);
  expect(signal.aborted).toBe(false);
  other.abort();
  expect(signal.aborted).toBe(true);
  expect(getEventListeners(one.signal, 'abort')).toEqual([]);
});

test('aborts at once when a signal has aborted before', () => {
  expect(linkSignals([AbortSignal.abort()], 1_000).signal.aborted).toBe(true);
  expect(jest.getTimerCount()).toBe(0);
});

test('aborts when the time is over, and not before', () => {
  const { signal } = linkSignals([], 1_000);
  jest.advanceTimersByTime(999);
  expect(signal.aborted).toBe(false);
  jest.advanceTimersByTime(1);
  expect(signal.aborted).toBe(true);
});

test.each([[Infinity], [1e12]])(
  'does not abort at once with a time of %p ms, beyond what a timer can hold',
  (ms) => {
    const { signal } = linkSignals([], ms);
    jest.advanceTimersByTime(86_400_000);
    expect(signal.aborted).toBe(false);
  },
);

test('aborts no more once it is released', () => {
  const one = new AbortController();
  const { signal, release } = linkSignals([one.signal], 1_000);
  release();
  one.abort();
  jest.advanceTimersByTime(2_000);
  expect(signal.aborted).toBe(false);
  expect(getEventListeners(one.signal, 'abort')).toEqual([]);
});

test('aborts in time although garbage is collected and only a listener holds it', async () => {
  jest.useRealTimers();
  const { signal } = linkSignals([new AbortController().signal], 100);
  const aborted = new Promise((resolve) => {
    signal.addEventListener('abort', resolve);
  });
  const collecting = setInterval(collectGarbage, 10);
  await aborted;
  clearInterval(collecting);
  expect(signal.aborted).toBe(true);
}, 10_000);
