import { runsBeforeReset } from '../../../src/lib/runs-before-reset';

const RESET_TO: Readonly<Record<string, string>> = { a: 'b', b: 'now', gone: 'now' };
const before = (runId: string, first: string | undefined) =>
  runsBeforeReset(runId, first, (id) =>
    Promise.resolve(id === 'gone' ? null : { found: id, resetRunId: RESET_TO[id] }),
  );

test.each([
  ['of a run that was not reset', 'now', 'now', []],
  ['where Temporal does not tell', 'now', undefined, []],
  ['one after the other', 'now', 'a', ['a', 'b']],
  ['up to one that retention has removed', 'now', 'gone', []],
])('the runs before a reset are found: %s', async (_what, runId, first, expected) => {
  expect(await before(runId, first)).toEqual(expected);
});
