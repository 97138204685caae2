import { Argument } from 'commander';
import type { Command } from 'commander';
import type { CliContext } from '../cli-context';
import { completionsOf } from '../completion/completions-of';
import { COMPLETION_SCRIPTS } from '../completion/scripts';

const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly (keyof typeof COMPLETION_SCRIPTS)[];

/** Shell completion, and what its scripts ask. */
export function addComplete(program: Command, { io }: CliContext): void {
  program
    .command('complete')
    .description('print the script for shell completion: source <(meld-refresh complete bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => void io.stdout.write(COMPLETION_SCRIPTS[shell]));
  program
    .command('completions', { hidden: true })
    .argument('[words...]')
    .action((words: readonly string[]) => {
      for (const completion of completionsOf(program, words))
        io.stdout.write(`${completion.filter((part) => part !== '').join('\t')}\n`);
    });
}
