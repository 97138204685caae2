/** A stream to write to; `isTTY` and `columns` as Node has them. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What the program has of the process it runs in. */
export interface CliIo {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** `--env-file`, `--address` and their like add to it: `worker` and the other processes go on with it. */
  readonly env: NodeJS.ProcessEnv;
  /** From now on the first interruption (SIGINT, SIGTERM) aborts the signal; a second one ends the process. */
  readonly onInterrupt: () => AbortSignal;
  readonly now: () => number;
}

/** The process itself. */
export function processIo(): CliIo {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    now: Date.now,
    onInterrupt: () => {
      const interruption = new AbortController();
      const interrupt = (): void => {
        process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
        interruption.abort();
      };
      process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
      return interruption.signal;
    },
  };
}
