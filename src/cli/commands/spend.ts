import { Option, type Command } from 'commander';
import { toInstant, toReadable } from '../../refresh/model/instant';
import type { CliContext } from '../cli-context';
import { findRefreshes } from '../connect';
import { addUp, spendCsv, spendTable, SPEND_BY, totalOf, type SpendBy } from '../format/spend';
import { when } from '../options/checked';
import { examples } from '../options/help-examples';

interface SpendOptions {
  readonly since: string;
  readonly until?: string;
  readonly by: SpendBy;
  readonly json?: true;
  readonly csv?: true;
}

const WEEK_MS = 7 * 86_400_000;

export function addSpend(program: Command, { io, output }: CliContext): void {
  const nowMs = io.now();
  program
    .command('spend')
    .description('count the charged calls of refreshes, and what needed none')
    .addOption(
      new Option('--since <when>', 'started since: an age such as 7d, or an RFC 3339 instant')
        .argParser(when(nowMs))
        .default(toInstant(nowMs - WEEK_MS), '7d'),
    )
    .option('--until <when>', 'started before then', when(nowMs))
    .addOption(new Option('--by <group>', 'add up by').choices(SPEND_BY).default('provider'))
    .addOption(new Option('--json', 'one line of JSON for each group').conflicts('csv'))
    .option('--csv', 'comma-separated values')
    .addHelpText('after', examples('spend --since 30d --by customer', 'spend --by day --csv'))
    .action(async ({ by, json, csv, ...filter }: SpendOptions) => {
      const found = await findRefreshes(io.env, filter);
      const spends = addUp(found, by);
      if (json) for (const spend of spends) output.json(spend);
      else if (csv) for (const line of spendCsv(spends, by)) output.line(line);
      else if (found.length === 0) output.note('No refreshes found.');
      else for (const line of spendTable(spends, by, io.stdout.columns)) output.line(line);
      const { unread } = totalOf(spends);
      if (unread > 0) output.note(`UNREAD: the calls of ${unread} refreshes could not be read, nor counted.`);
      output.note(
        `Since ${toReadable(Date.parse(filter.since))}, as far back as Temporal keeps runs. Joins that asked for nothing new leave no trace.`,
      );
    });
}
