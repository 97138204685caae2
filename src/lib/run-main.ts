import { inspect } from 'node:util';

/** The operator must fix something; the message says what, so no stack is shown. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
}

/**
 * Runs the main function of a process, then exits with the code that it resolves with, default 0: 1 after an error,
 * 130 when it was interrupted (an `AbortError`). What still runs then, such as retries of a lost connection, ends too.
 */
export function runMain(main: () => Promise<number | undefined>): void {
  main().then(
    (code) => process.exit(code ?? 0),
    (error: unknown) => {
      const interrupted = Reflect.get(Object(error), 'name') === 'AbortError';
      const reason = error instanceof OperatorError ? error.message : inspect(error);
      process.stderr.write(`${interrupted ? 'Interrupted.' : reason}\n`);
      process.exit(interrupted ? 130 : 1);
    },
  );
}
