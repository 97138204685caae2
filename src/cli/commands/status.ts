import type { Command } from 'commander';
import { RefreshNotFoundError } from '../../client';
import { isRunId } from '../../client/ids';
import { expect } from '../../refresh/input/checks';
import type { CliContext } from '../cli-context';
import { withRefreshes } from '../connect';
import { EXIT, finalStateOf } from '../exit/exit-codes';
import { describedLines } from '../format/description';
import { checked } from '../options/checked';
import { examples } from '../options/help-examples';

const runId = expect('a run id, a UUID as `refresh` and `list --json` show it', (text) =>
  isRunId(String(text)),
);

export function addStatus(program: Command, { io, output, exitWith }: CliContext): void {
  program
    .command('status')
    .description("show a connection's latest refresh; exits as refresh does, with 8 while it runs")
    .argument('<connectionId>', 'the connection')
    .option('--run <runId>', 'that run instead of the latest', checked(runId))
    .option('--json', 'one line of JSON')
    .addHelpText('after', examples('status con-1'))
    .action(async (connectionId: string, { run, json }: { readonly run?: string; readonly json?: true }) => {
      const description = await withRefreshes(io.env, (refreshes) =>
        run === undefined ? refreshes.latest(connectionId) : refreshes.describe(connectionId, run),
      );
      if (description === null) throw new RefreshNotFoundError(connectionId, run);
      if (json) output.json(description);
      else for (const line of describedLines(description, io.now())) output.line(line);
      const ending = finalStateOf(description);
      exitWith(ending === null ? EXIT.unfinished : EXIT[ending]);
    });
}
