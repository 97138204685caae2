import type { Command } from 'commander';
import type { CliContext } from '../cli-context';
import { examine } from '../doctor/examine';
import { findingLines } from '../doctor/finding';
import { worst } from '../exit-codes';

export function addDoctor(program: Command, { io, output, exitWith }: CliContext): void {
  program
    .command('doctor')
    .description('look at everything that refreshes stand on, and say what is ok and how to mend the rest')
    .action(async () => {
      const findings = await examine(io.env);
      for (const line of findings.flatMap(findingLines)) output.line(line);
      exitWith(worst(findings.filter(({ verdict }) => verdict === 'wrong').map(({ code }) => code)));
    });
}
