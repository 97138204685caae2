import { Option } from 'commander';
import type { Command } from 'commander';
import { OUTCOMES, REFRESH_STATES } from '../../client';
import type { RefreshDescription, RefreshFilter } from '../../client';
import { toReadable } from '../../refresh/model/instant';
import type { CliContext } from '../cli-context';
import { finalStateOf } from '../exit/final-state';
import { table } from '../terminal/table';
import { examples } from '../options/help-examples';
import { instantOf } from '../options/instant-of';
import { findRefreshes } from '../connect/with-refreshes';
import { readCount } from '../options/usage-error';

interface ListOptions extends Omit<RefreshFilter, 'connectionId' | 'customerId'> {
  readonly connection?: string;
  readonly customer?: string;
  readonly limit: string;
  readonly json?: true;
}

export function addList(program: Command, { io, output }: CliContext): void {
  program
    .command('list')
    .description('list refreshes, newest first')
    .addOption(new Option('--state <state>', 'only in that state').choices(REFRESH_STATES))
    .addOption(new Option('--outcome <outcome>', 'only with that outcome').choices(OUTCOMES))
    .option('--connection <id>', 'only of that connection: its history')
    .option('--customer <id>', 'only of that customer')
    .option('--provider <name>', 'only through that provider, such as MX')
    .option('--since <when>', 'only started then or later: an age such as 7d, or an RFC 3339 instant')
    .option('--until <when>', 'only started before then')
    .option('--limit <number>', 'maximum number to list', '50')
    .option('--json', 'one line of JSON for each')
    .addHelpText('after', examples('list --connection con-1', 'list --outcome escalated --since 24h'))
    .action(async ({ limit, json, ...options }: ListOptions) => {
      const most = readCount('--limit', limit);
      const found = await findRefreshes(io, filterOf(options, io.now()), most);
      if (json) for (const description of found) output.json(description);
      else if (found.length === 0) output.note('No refreshes found.');
      else for (const line of table(HEADER, found.map(rowOf), io.stdout.columns, 2)) output.line(line);
    });
}

const HEADER = ['CONNECTION', 'STATE', 'CHARGES', 'PROVIDER', 'STARTED', 'ENDED', 'WHY'];

function filterOf(options: Omit<ListOptions, 'limit' | 'json'>, nowMs: number): RefreshFilter {
  const { connection, customer, since, until, ...others } = options;
  return {
    ...others,
    ...(connection !== undefined && { connectionId: connection }),
    ...(customer !== undefined && { customerId: customer }),
    ...(since !== undefined && { since: instantOf('--since', since, nowMs) }),
    ...(until !== undefined && { until: instantOf('--until', until, nowMs) }),
  };
}

function rowOf(description: RefreshDescription): string[] {
  const { connectionId, provider, startedAt, endedAt, progress } = description;
  return [
    connectionId,
    finalStateOf(description) ?? 'running',
    String(progress?.mayBeCharged ?? '?'),
    provider ?? '-',
    toReadable(Date.parse(startedAt)),
    endedAt === undefined ? '-' : toReadable(Date.parse(endedAt)),
    description.failure ?? progress?.why ?? '',
  ];
}
