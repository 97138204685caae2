import { runsBeforeReset } from '../../../src/lib/runs-before-reset';

/** Runs at Temporal, and what they were reset to last. */
const RUNS: Readonly<Record<string, string | null>> = {
  first: 'now',
  between: null,
  later: null,
  chained: 'next',
  next: 'chained',
};

async function before(first: string | undefined, listed: readonly string[] | Error, madeLongAgo = false) {
  const asked: string[] = [];
  const found = await runsBeforeReset('now', first, {
    list: () => (listed instanceof Error ? Promise.reject(listed) : Promise.resolve(listed)),
    isLongMade: () => Promise.resolve(madeLongAgo),
    describe: (id) => {
      asked.push(id);
      const resetRunId = RUNS[id];
      return Promise.resolve(resetRunId === undefined ? null : { found: id, resetRunId });
    },
  });
  return { found, asked };
}

test.each<[string, string | undefined, readonly string[], readonly string[]]>([
  ['none of a run that was not reset', 'now', ['now', 'first'], []],
  ['none where Temporal does not tell', undefined, ['first'], []],
  ['the first, also where the list is behind', 'first', [], ['first']],
  ['one in between from the list', 'first', ['now', 'between', 'first'], ['first', 'between']],
  ['one that was started after the first', 'first', ['now', 'later', 'first'], ['first', 'later']],
  ['one after the other, once each', 'chained', [], ['chained', 'next']],
  ['none that retention has removed', 'gone', ['gone'], []],
])('of the other runs of a workflow there is found: %s', async (_what, first, listed, expected) => {
  expect((await before(first, listed)).found).toEqual(expected);
});

test('without a list a run that was made long ago does with the resets that Temporal names', async () => {
  expect((await before('chained', new Error('away'), true)).found).toEqual(['chained', 'next']);
});

test('without a list nothing is known where the data of others may still come', async () => {
  await expect(before('chained', new Error('away'))).rejects.toThrow('away');
});

test('at most 20 runs are asked', async () => {
  const listed = Array.from({ length: 30 }, (_, nth) => `run ${nth}`);
  expect((await before('first', listed)).asked).toHaveLength(20);
});
