import type { Command } from 'commander';

/** Shell completion of all that the program has by now. The library is an ES module: loaded when it is asked for. */
export async function addCompletion(program: Command, [first]: readonly string[]): Promise<void> {
  if (first === 'complete') {
    const { default: tab } = await import('@bomb.sh/tab/commander');
    const { log } = console;
    // The library prints by itself; its constants cannot be set again, by a second sourcing or another program's script.
    console.log = (script: string) => log(script.replaceAll(/^readonly /gm, ''));
    tab(program);
  } else {
    program
      .command('complete')
      .description('print the script for shell completion: source <(meld-refresh complete bash)')
      .argument('<shell>', 'zsh, bash, fish or powershell');
  }
}
