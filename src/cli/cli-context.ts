import type { ExitCode } from './exit/exit-codes';
import type { Output } from './terminal/output';

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

/** What every command works with. */
export interface CliContext {
  readonly io: CliIo;
  readonly output: Output;
  /** What the program is to exit with when the command has ended well. */
  readonly exitWith: (code: ExitCode) => void;
}
