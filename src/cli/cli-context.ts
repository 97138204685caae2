import type { CliIo } from './terminal/process-io';
import type { ExitCode } from './exit/exit-codes';
import type { Output } from './terminal/output';

/** What every command works with. */
export interface CliContext {
  readonly io: CliIo;
  readonly output: Output;
  /** What the program is to exit with when the command has ended well. */
  readonly exitWith: (code: ExitCode) => void;
}
