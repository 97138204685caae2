import { mapConcurrent } from '../../../src/lib/map-concurrent';

test('keeps the order of the items, whichever ends first', async () => {
  const results = await mapConcurrent([3, 1, 2], 3, async (turns) => {
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    return turns * 10;
  });
  expect(results).toEqual([30, 10, 20]);
});

test.each([1, 3])('runs %i at a time, never more', async (concurrency) => {
  let running = 0;
  let most = 0;
  await mapConcurrent([1, 2, 3, 4, 5, 6, 7], concurrency, async () => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
  });
  expect(most).toBe(concurrency);
});

test('begins nothing after a failure, and throws it once those that were begun have ended', async () => {
  const ended: number[] = [];
  const work = async (item: number): Promise<void> => {
    if (item === 1) throw new Error('the first');
    await Promise.resolve();
    await Promise.resolve();
    ended.push(item);
  };
  await expect(mapConcurrent([1, 2, 3, 4], 2, work)).rejects.toThrow('the first');
  expect(ended).toEqual([2]);
});

test('no items need no work', async () => {
  expect(await mapConcurrent([], 5, () => Promise.reject(new Error('never called')))).toEqual([]);
});
