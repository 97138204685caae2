import { Option, type Command } from 'commander';
import { OUTCOMES, REFRESH_STATES, type RefreshDescription, type RefreshFilter } from '../../client';
import { chargesOf } from '../../client/refresh-description';
import { FILTER_CHECKS } from '../../client/visibility-query';
import { toReadable } from '../../refresh/model/instant';
import { titled } from '../../refresh/model/progress';
import type { CliContext } from '../cli-context';
import { findRefreshes } from '../connect';
import { finalStateOf } from '../exit/exit-codes';
import { checked, upTo, when } from '../options/checked';
import { examples } from '../options/help-examples';
import { table } from '../terminal/table';

interface ListOptions extends Omit<RefreshFilter, 'connectionId' | 'customerId'> {
  readonly connection?: string;
  readonly customer?: string;
  readonly limit: number;
  readonly json?: true;
}

export function addList(program: Command, { io, output }: CliContext): void {
  program
    .command('list')
    .description('list refreshes, newest first')
    .addOption(new Option('--state <state>', 'only in that state').choices(REFRESH_STATES))
    .addOption(new Option('--outcome <outcome>', 'only with that outcome').choices(OUTCOMES))
    .option('--connection <id>', 'only of that connection: its history', checked(FILTER_CHECKS.connectionId))
    .option('--customer <id>', 'only of that customer', checked(FILTER_CHECKS.customerId))
    .option('--provider <name>', 'only through that provider, such as MX', checked(FILTER_CHECKS.provider))
    .option('--since <when>', 'only started since: an age such as 7d, or an RFC 3339 instant', when(io.now()))
    .option('--until <when>', 'only started before then', when(io.now()))
    .option('--limit <number>', 'maximum number to list', upTo(), 50)
    .option('--json', 'one line of JSON for each')
    .addHelpText('after', examples('list --connection con-1', 'list --outcome escalated --since 24h'))
    .action(async ({ limit, json, connection, customer, ...others }: ListOptions) => {
      const filter = {
        ...others,
        ...(connection !== undefined && { connectionId: connection }),
        ...(customer !== undefined && { customerId: customer }),
      };
      const found = await findRefreshes(io.env, filter, limit);
      if (json) for (const description of found) output.json(description);
      else if (found.length === 0) output.note('No refreshes found.');
      else for (const line of table(HEADER, found.map(rowOf), io.stdout.columns, 2)) output.line(line);
    });
}

const HEADER = ['CONNECTION', 'STATE', 'CHARGES', 'PROVIDER', 'STARTED', 'ENDED', 'WHY'];

function rowOf(description: RefreshDescription): string[] {
  const { connectionId, state, provider, startedAt, endedAt, progress } = description;
  return [
    connectionId,
    finalStateOf(description) ?? 'running',
    String(chargesOf(description) ?? '?'),
    provider ?? '-',
    toReadable(Date.parse(startedAt)),
    endedAt === undefined ? '-' : toReadable(Date.parse(endedAt)),
    description.failure ?? (progress && (state === 'running' ? titled(progress) : progress.why)) ?? '',
  ];
}
