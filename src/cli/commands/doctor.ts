import type { Command } from 'commander';
import type { CliContext } from '../cli-context';
import { checkLines } from '../doctor/check-result';
import { runChecks } from '../doctor/run-checks';

export function addDoctor(program: Command, { io, output, exitWith }: CliContext): void {
  program
    .command('doctor')
    .description('check everything refreshes depend on, and say how to fix what is wrong')
    .action(async () => {
      const { results, exitCode } = await runChecks(io.env);
      for (const line of results.flatMap(checkLines)) output.line(line);
      exitWith(exitCode);
    });
}
