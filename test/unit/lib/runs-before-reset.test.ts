import { runsBeforeReset } from '../../../src/lib/runs-before-reset';

/** Runs at Temporal: of which first one, and what they were reset to last. */
const RUNS: Readonly<Record<string, readonly [firstRunId: string, resetRunId?: string]>> = {
  first: ['first', 'now'],
  between: ['first'],
  stranger: ['stranger'],
  chained: ['chained', 'next'],
  next: ['chained', 'chained'],
};

async function before(first: string | undefined, listed: readonly string[]) {
  const asked: string[] = [];
  const found = await runsBeforeReset('now', first, {
    list: () => Promise.resolve(listed),
    describe: (id) => {
      asked.push(id);
      const [firstRunId, resetRunId] = RUNS[id] ?? [];
      return Promise.resolve(firstRunId === undefined ? null : { found: id, firstRunId, resetRunId });
    },
  });
  return { found, asked };
}

test.each<[string, string | undefined, readonly string[], readonly string[]]>([
  ['none of a run that was not reset', 'now', ['now', 'first'], []],
  ['none where Temporal does not tell', undefined, ['first'], []],
  ['the first, also where the list is behind', 'first', [], ['first']],
  ['one in between from the list', 'first', ['now', 'between', 'first'], ['first', 'between']],
  ['no run of before the first', 'first', ['stranger'], ['first']],
  ['one after the other, once each', 'chained', [], ['chained', 'next']],
  ['none that retention has removed', 'gone', ['gone'], []],
])('of the runs that a chain of resets made there is found: %s', async (_what, first, listed, expected) => {
  expect((await before(first, listed)).found).toEqual(expected);
});

test('at most 20 runs are asked', async () => {
  const listed = Array.from({ length: 30 }, (_, nth) => `run ${nth}`);
  expect((await before('first', listed)).asked).toHaveLength(20);
});
