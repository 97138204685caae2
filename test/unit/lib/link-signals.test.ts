import { linkSignals } from '../../../src/lib/link-signals';
import { collectGarbage } from '../../support/collect-garbage';

test('the time ends it, though nobody but its listener holds it while garbage is collected', async () => {
  const { signal } = linkSignals([new AbortController().signal], 100);
  const ended = new Promise((resolve) => {
    signal.addEventListener('abort', resolve);
  });
  const collecting = setInterval(collectGarbage, 10);
  await ended;
  clearInterval(collecting);
  expect(signal.aborted).toBe(true);
}, 10_000);

test('the first of the others ends it, and one that is released is ended by nothing', () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const { signal } = linkSignals([first.signal, second.signal]);
  const released = linkSignals([first.signal]);
  released.release();
  second.abort();
  first.abort();
  expect([signal.aborted, released.signal.aborted]).toEqual([true, false]);
});

test('one that is aborted already ends it at once', () => {
  expect(linkSignals([AbortSignal.abort()]).signal.aborted).toBe(true);
});
