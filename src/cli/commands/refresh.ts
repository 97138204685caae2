import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { durationMs } from '../../refresh/model/duration';
import { skipReason } from '../../refresh/model/connection-status';
import type { CliContext } from '../cli-context';
import { examples } from '../options/help-examples';
import type { ExitCode } from '../exit/exit-codes';
import { withMeld } from '../connect/with-meld';
import { withRefreshes } from '../connect/with-refreshes';
import { distinctIds, readIdFile } from '../options/read-ids';
import { readRequestOptions } from '../options/request-options';
import type { RequestOptions, SharedRequest } from '../options/request-options';
import { runMany } from '../refresh/run-many';
import { runOne } from '../refresh/run-one';
import { readCount, UsageError } from '../options/usage-error';

interface RefreshOptions extends RequestOptions {
  readonly file?: string;
  readonly concurrency: string;
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly json?: true;
}

const MAX_CONCURRENCY = 500;

export function addRefresh(program: Command, context: CliContext): void {
  program
    .command('refresh')
    .description('refresh connections, and wait until their data is fresh')
    .argument('[connectionIds...]', 'the connections')
    .option('--products <list>', 'products separated by commas; default: all that each connection has')
    .option('--max-age <duration>', 'accept data up to this old, such as 15m')
    .option('--fresh-since <instant>', 'accept data aggregated at or after this instant (RFC 3339)')
    .option('--give-up-after <duration>', 'maximum duration of each refresh; default: from the policy')
    .option('--max-charges <number>', 'maximum number of charged calls per refresh; default: from the policy')
    .option('--on-rate-limit <wait|return>', "wait out a provider's window (default), or end rate_limited")
    .option('--on-repair <wait|return>', "wait for the customer's repair, or end repair_required (default)")
    .option(
      '--priority <interactive|bulk>',
      'what goes first where work queues up; default: bulk for many, else interactive',
    )
    .option(
      '--customer <id>',
      "whose connections they are; without ids: all of that customer's, asked at Meld",
    )
    .option('--file <file>', 'read ids from a file, one a line; - is standard input')
    .option('--concurrency <number>', 'maximum number of refreshes in progress at a time', '20')
    .option(
      '--idempotency-key <key>',
      'the same command with the same key gets the same refreshes, within 24 hours; for many one is made',
    )
    .option('--wait', 'wait for the end (default)')
    .option('--no-wait', 'start, and return at once')
    .option('--timeout <duration>', 'maximum time to wait; the refreshes continue')
    .option('--json', 'one line of JSON for each connection')
    .addHelpText('after', examples('refresh con-1 --max-age 15m', 'refresh --file ids.txt --json'))
    .action(async (ids: readonly string[], options: RefreshOptions) => {
      context.exitWith(await refresh(ids, options, context));
    });
}

async function refresh(
  ids: readonly string[],
  options: RefreshOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { io } = context;
  const settings = {
    concurrency: readCount('--concurrency', options.concurrency, MAX_CONCURRENCY),
    until: options.wait === false ? 'begin' : 'end',
    format: options.json ? 'json' : 'lines',
    timeoutMs: readTimeout(options.timeout),
  } as const;
  const request = readRequestOptions(options);
  const connectionIds = distinctIds([
    ...ids,
    ...(options.file === undefined ? [] : await readIdFile(options.file, io)),
    ...(await customersIds(ids, options, request, context)),
  ]);
  const [first, ...others] = connectionIds;
  if (first === undefined) throw new UsageError('Which connections? Name ids, --file or --customer.');
  return withRefreshes(io, (refreshes) => {
    if (others.length === 0) return runOne(context, refreshes, { ...request, connectionId: first }, settings);
    const { idempotencyKey = `bulk-${randomUUID()}` } = request;
    const order = { connectionIds, request: { priority: 'bulk' as const, ...request, idempotencyKey } };
    return runMany(context, refreshes, order, settings);
  });
}

async function customersIds(
  ids: readonly string[],
  { customer, file }: RefreshOptions,
  request: SharedRequest,
  { io, output }: CliContext,
): Promise<readonly string[]> {
  if (customer === undefined || ids.length > 0 || file !== undefined) return [];
  return withMeld(io, async (meld) => {
    const found: string[] = [];
    const onUnreadable = (problem: string): void =>
      output.note(`Skipped: part of Meld's answer could not be read (${problem}).`);
    for await (const connection of meld.searchConnections({ customerId: customer }, onUnreadable)) {
      const reason = skipReason(connection, request);
      if (reason === null) found.push(connection.id);
      else output.note(`Skipped: ${connection.id} (${reason}).`);
    }
    if (found.length === 0)
      throw new UsageError(`--customer: Meld knows no connection of ${customer} that can be refreshed.`);
    return found;
  });
}

function readTimeout(text: string | undefined): number | null {
  if (text === undefined) return null;
  const timeoutMs = durationMs(text);
  if (timeoutMs !== null) return timeoutMs;
  throw new UsageError(
    `--timeout: expected a duration with its unit, such as "90s", "15m" or "3h", received ${JSON.stringify(text)}.`,
  );
}
