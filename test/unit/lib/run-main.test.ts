import { OperatorError, runMain } from '../../../src/lib/run-main';

/** What the process would do: its exit code, and what it writes to stderr. */
function run(main: () => Promise<number | undefined>): Promise<{ code: unknown; errors: string }> {
  let errors = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    errors += String(text);
    return true;
  });
  return new Promise((resolve) => {
    jest.spyOn(process, 'exit').mockImplementation(((code: unknown) => resolve({ code, errors })) as never);
    runMain(main);
  });
}
afterEach(() => jest.restoreAllMocks());

test.each([
  [undefined, 0],
  [0, 0],
  [3, 3],
])('a main that resolves with %p exits with %i', async (resolved, code) => {
  expect(await run(() => Promise.resolve(resolved))).toEqual({ code, errors: '' });
});

test('an error for the operator is its message alone', async () => {
  const failing = () => Promise.reject(new OperatorError('PORT: expected a port.'));
  expect(await run(failing)).toEqual({ code: 1, errors: 'PORT: expected a port.\n' });
});

test('any other error is a bug, shown with its stack', async () => {
  const { code, errors } = await run(() => Promise.reject(new TypeError('not a function')));
  expect(code).toBe(1);
  expect(errors).toMatch(/^TypeError: not a function\n {4}at /);
});

test('an interrupted main exits as a shell shows SIGINT', async () => {
  const aborted = () => Promise.reject(AbortSignal.abort().reason as Error);
  expect(await run(aborted)).toEqual({ code: 130, errors: 'Interrupted.\n' });
});
