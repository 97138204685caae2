import type { Command } from 'commander';

/** Shell completion of all that the program has by now. The library is an ES module: loaded when it is asked for. */
export async function addCompletion(program: Command, [first]: readonly string[]): Promise<void> {
  if (first === 'complete') {
    const { default: tab } = await import('@bomb.sh/tab/commander');
    tab(program);
  } else {
    program
      .command('complete')
      .description('print the script for shell completion: source <(meld-refresh complete bash)')
      .argument('<shell>', 'zsh, bash, fish or powershell');
  }
}
