import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { RefreshRequest } from '../../client';
import { digitsAsNumber } from '../../lib/digits';
import { duration } from '../../refresh/input/checks';
import { REQUEST_CHECKS as CHECKS, parseCallersRequest } from '../../refresh/input/parse-request';
import { skipReason } from '../../refresh/model/connection-status';
import { durationMs } from '../../refresh/model/duration';
import { PRODUCTS } from '../../refresh/model/product';
import { ON_RATE_LIMIT, ON_REPAIR, PRIORITIES } from '../../refresh/model/request';
import { loadMeldConfig } from '../../config';
import type { CliContext } from '../cli-context';
import { withMeld, withRefreshes } from '../connect';
import type { ExitCode } from '../exit/exit-codes';
import { checked, upTo } from '../options/checked';
import { examples } from '../options/help-examples';
import { distinctIds, readIdFile } from '../options/read-ids';
import { UsageError } from '../options/usage-error';
import { runMany } from '../refresh/run-many';
import { runOne } from '../refresh/run-one';

type Wishes = Omit<RefreshRequest, 'connectionId' | 'customerId'>;

interface RefreshOptions extends Wishes {
  readonly customer?: string;
  readonly file?: string;
  readonly concurrency: number;
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly json?: true;
}

const MAX_CONCURRENCY = 500;

const productsOf = (list: string) => list.split(',').map((product) => product.trim().toUpperCase());

export function addRefresh(program: Command, context: CliContext): void {
  program
    .command('refresh')
    .description('refresh connections, and wait until their data is fresh')
    .argument('[connectionIds...]', 'the connections')
    .addOption(
      new Option('--products <list>', 'separated by commas; default: all of each connection')
        .choices(PRODUCTS)
        .argParser(checked(CHECKS.products, productsOf)),
    )
    .option('--max-age <duration>', 'accept data up to this old, such as 15m', checked(CHECKS.maxAge))
    .option('--fresh-since <instant>', 'accept data aggregated since then', checked(CHECKS.freshSince))
    .option('--give-up-after <duration>', 'maximum duration, up to 90d', checked(CHECKS.giveUpAfter))
    .option(
      '--max-charges <number>',
      'most charged calls of each',
      checked(CHECKS.maxCharges, digitsAsNumber),
    )
    .addOption(
      new Option('--on-rate-limit <action>', "in a provider's window; default: wait").choices(ON_RATE_LIMIT),
    )
    .addOption(new Option('--on-repair <action>', 'of the customer; default: return').choices(ON_REPAIR))
    .addOption(new Option('--priority <name>', 'in queues; default: bulk for many').choices(PRIORITIES))
    .option('--customer <id>', 'whose they are; without ids: all, asked at Meld', checked(CHECKS.customerId))
    .option('--file <file>', 'read ids from a file, one a line; - is standard input')
    .option('--concurrency <number>', 'maximum number in progress', upTo(MAX_CONCURRENCY), 20)
    .option('--idempotency-key <key>', 'the same key gets the same refreshes', checked(CHECKS.idempotencyKey))
    .option('--wait', 'wait for the end (default)')
    .option('--no-wait', 'start, and return at once')
    .option('--timeout <duration>', 'maximum time to wait; the refreshes go on', checked(duration))
    .option('--json', 'one line of JSON for each connection')
    .addHelpText('after', examples('refresh con-1 --max-age 15m', 'refresh --file ids.txt --json'))
    .action(async (ids: readonly string[], options: RefreshOptions) => {
      context.exitWith(await refresh(ids, options, context));
    });
}

async function refresh(
  ids: readonly string[],
  { customer, file, concurrency, wait, timeout, json, ...wished }: RefreshOptions,
  context: CliContext,
): Promise<ExitCode> {
  const request = { ...wished, ...(customer !== undefined && { customerId: customer }) };
  // What contradicts itself is refused before anything is asked of Meld or Temporal.
  parseCallersRequest({ ...request, connectionId: 'any' });
  const isAllOfCustomer = customer !== undefined && ids.length === 0 && file === undefined;
  const [first, ...others] = distinctIds([
    ...ids,
    ...(file === undefined ? [] : await readIdFile(file, context.io)),
    ...(isAllOfCustomer ? await customersIds(customer, request, context) : []),
  ]);
  if (first === undefined) throw new UsageError('Which connections? Name ids, --file or --customer.');
  const settings = {
    until: wait === false ? 'begin' : 'end',
    format: json ? 'json' : 'lines',
    timeoutMs: timeout === undefined ? null : durationMs(timeout),
  } as const;
  return withRefreshes(context.io.env, (refreshes) => {
    if (others.length === 0) return runOne(context, refreshes, { ...request, connectionId: first }, settings);
    const { idempotencyKey = `bulk-${randomUUID()}` } = request;
    const order = {
      connectionIds: [first, ...others],
      concurrency,
      request: { priority: 'bulk' as const, ...request, idempotencyKey },
    };
    return runMany(context, refreshes, order, settings);
  });
}

async function customersIds(
  customerId: string,
  request: Wishes,
  { io, output }: CliContext,
): Promise<readonly string[]> {
  const ids: string[] = [];
  await withMeld(loadMeldConfig(io.env), async (meld) => {
    const unreadable = (problem: string) =>
      output.note(`Skipped: part of Meld's answer could not be read (${problem}).`);
    for await (const connection of meld.searchConnections({ customerId }, unreadable)) {
      const reason = skipReason(connection, request);
      if (reason === null) ids.push(connection.id);
      else output.note(`Skipped: ${connection.id} (${reason}).`);
    }
  });
  if (ids.length > 0) return ids;
  throw new UsageError(`--customer: Meld knows no connection of ${customerId} that can be refreshed.`);
}
