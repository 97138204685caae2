import { CommanderError } from 'commander';
import type { CliIo } from './cli-context';
import { EXIT, exitCodeOfError, type ExitCode } from './exit/exit-codes';
import { explain } from './exit/explain';
import { makeOutput } from './terminal/output';
import { makeProgram } from './program';

/**
 * Carries out one command line.
 * @param args without the program's own name
 * @returns the exit code. Never throws: what goes wrong is told on standard error.
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<ExitCode> {
  const output = makeOutput(io);
  let code: ExitCode = EXIT.done;
  const program = makeProgram({ io, output, exitWith: (chosen) => void (code = chosen) });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has said what there is to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    output.note(explain(error));
    return exitCodeOfError(error);
  }
}
