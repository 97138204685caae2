import type { CliIo } from './cli-io';
import type { ExitCode } from './exit-codes';
import type { Output } from './output';

/** What every command works with. */
export interface CliContext {
  readonly io: CliIo;
  readonly output: Output;
  /** What the program is to exit with when the command has ended well. */
  readonly exitWith: (code: ExitCode) => void;
}
