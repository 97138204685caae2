import { Argument, type Command } from 'commander';
import type { CliContext } from '../cli-context';
import { completionsOf } from '../completion/completions-of';
import { COMPLETION_SCRIPTS } from '../completion/scripts';

/** Shell completion, and what its scripts ask. */
export function addComplete(program: Command, { io }: CliContext): void {
  program
    .command('complete')
    .description('print the script for shell completion: source <(meld-refresh complete bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(COMPLETION_SCRIPTS)))
    .action((shell: keyof typeof COMPLETION_SCRIPTS) => void io.stdout.write(COMPLETION_SCRIPTS[shell]));
  program
    .command('completions', { hidden: true })
    .argument('[words...]')
    .action((words: readonly string[]) => {
      for (const completion of completionsOf(program, words))
        io.stdout.write(`${completion.filter((part) => part !== '').join('\t')}\n`);
    });
}
