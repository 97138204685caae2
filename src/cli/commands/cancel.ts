import type { Command } from 'commander';
import type { CliContext } from '../cli-context';
import { examples } from '../options/help-examples';
import { EXIT, worst, type ExitCode } from '../exit/exit-codes';
import { withRefreshes } from '../connect';
import { distinctIds } from '../options/read-ids';

export function addCancel(program: Command, { io, output, exitWith }: CliContext): void {
  program
    .command('cancel')
    .description('stop open refreshes, for everyone who joined them; what Meld was asked for goes on there')
    .argument('<connectionIds...>', 'the connections')
    .option('--json', 'one line of JSON for each connection')
    .addHelpText('after', examples('cancel con-1 con-2'))
    .action(async (ids: readonly string[], { json }: { readonly json?: true }) => {
      const connectionIds = distinctIds(ids);
      await withRefreshes(io.env, async (refreshes) => {
        const codes: ExitCode[] = [];
        for (const connectionId of connectionIds) {
          const cancel = await refreshes.cancel(connectionId);
          const text = cancel === 'requested' ? 'cancel requested' : 'no refresh is running';
          output.answer(json ? 'json' : 'lines', { connectionId, cancel }, `${connectionId}  ${text}`);
          codes.push(cancel === 'requested' ? EXIT.done : EXIT.none);
        }
        exitWith(worst(codes));
      });
    });
}
