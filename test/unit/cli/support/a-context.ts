import type { CliContext } from '../../../../src/cli/cli-context';

/** A context in which nothing is shown or waited for. */
export function aContext(): CliContext {
  const none = (): void => undefined;
  const silent = { write: none };
  return {
    io: {
      stdout: silent,
      stderr: silent,
      stdin: (async function* (): AsyncGenerator<string> {})(),
      env: {},
      now: Date.now,
      onInterrupt: () => new AbortController().signal,
    },
    output: {
      line: none,
      json: none,
      answer: none,
      note: none,
      live: none,
      endLive: none,
      terminal: false,
      columns: () => 80,
    },
    exitWith: none,
  };
}
