import { Option } from 'commander';
import type { Command } from 'commander';
import { OUTCOMES, REFRESH_STATES } from '../../client';
import type { Outcome, RefreshDescription, RefreshState } from '../../client';
import type { CliContext } from '../cli-context';
import { table } from '../format/table';
import { withRefreshes } from '../open-refreshes';
import { inOptionNames, UsageError } from '../usage-error';

interface ListOptions {
  readonly state?: RefreshState;
  readonly outcome?: Outcome;
  readonly customer?: string;
  readonly provider?: string;
  readonly limit: string;
  readonly json?: true;
}

export function addList(program: Command, { io, output }: CliContext): void {
  program
    .command('list')
    .description('list refreshes, newest first')
    .addOption(new Option('--state <state>', 'only in that state').choices(REFRESH_STATES))
    .addOption(new Option('--outcome <outcome>', 'only with that outcome').choices(OUTCOMES))
    .option('--customer <id>', 'only of that customer')
    .option('--provider <name>', 'only through that provider, such as MX')
    .option('--limit <number>', 'maximum number to list', '50')
    .option('--json', 'one line of JSON for each')
    .action(async ({ state, outcome, customer, provider, limit, json }: ListOptions) => {
      const most = readLimit(limit);
      const filter = {
        ...(state !== undefined && { state }),
        ...(outcome !== undefined && { outcome }),
        ...(customer !== undefined && { customerId: customer }),
        ...(provider !== undefined && { provider }),
      };
      const found = await withRefreshes(io, async (refreshes) => {
        const first: RefreshDescription[] = [];
        for await (const description of refreshes.list(filter, { pageSize: Math.min(most, 1_000) })) {
          first.push(description);
          if (first.length >= most) break;
        }
        return first;
      }).catch((error: unknown) => {
        throw inOptionNames(error);
      });
      if (json) for (const description of found) output.json(description);
      else for (const line of table(found.map(rowOf))) output.line(line);
    });
}

function rowOf({
  connectionId,
  state,
  outcome,
  provider,
  startedAt,
  progress,
}: RefreshDescription): string[] {
  return [connectionId, outcome ?? state, provider ?? '-', startedAt, progress?.why ?? ''];
}

function readLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--limit: expected a whole number, 1 or more, received ${JSON.stringify(text)}.`);
}
