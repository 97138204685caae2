import type { Command } from 'commander';

/** Shell completion of all that the program has by now. The library is an ES module: loaded when it is asked for. */
export async function addCompletion(program: Command, [first]: readonly string[]): Promise<void> {
  if (first === 'complete') {
    const { default: tab } = await import('@bomb.sh/tab/commander');
    const root = tab(program);
    const setup = root.setup.bind(root);
    root.setup = (...about) => {
      // It prints by itself, constants that cannot be set again: by a second sourcing, or the script of another program.
      const { log } = console;
      console.log = (script: string) => log(script.replaceAll(/^readonly /gm, ''));
      setup(...about);
      console.log = log;
    };
  } else {
    program
      .command('complete')
      .description('print the script for shell completion: source <(meld-refresh complete bash)')
      .argument('<shell>', 'zsh, bash, fish or powershell');
  }
}
