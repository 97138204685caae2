import { Client } from '@temporalio/client';
import { RefreshClient } from '../../client';
import type { RefreshDescription, RefreshFilter } from '../../client';
import { loadConfig } from '../../config';
import { loadTemporalTarget } from '../../temporal/connect';
import { makeDataConverter } from '../../temporal/data-converter';
import type { CliIo } from '../terminal/process-io';
import { connectCli } from './connect-cli';
import { inOptionNames } from '../options/usage-error';

/** The newest refreshes that the filter names, so many at most. @throws as `withRefreshes`; UsageError for a wrong filter */
export async function findRefreshes(
  io: Pick<CliIo, 'env'>,
  filter: RefreshFilter,
  most = Infinity,
): Promise<readonly RefreshDescription[]> {
  return withRefreshes(io, async (refreshes) => {
    const found: RefreshDescription[] = [];
    for await (const refresh of refreshes.list(filter, { pageSize: Math.min(most, 1_000) })) {
      found.push(refresh);
      if (found.length >= most) break;
    }
    return found;
  }).catch((error: unknown) => {
    throw inOptionNames(error);
  });
}

/**
 * Connects to Temporal as the environment says, for as long as `use` takes. Needs no Meld key.
 * @throws ConfigError, SetupError
 */
export async function withRefreshes<T>(
  { env }: Pick<CliIo, 'env'>,
  use: (refreshes: RefreshClient) => Promise<T>,
): Promise<T> {
  const { payloadKeys, policy, temporal } = loadConfig(env);
  const target = loadTemporalTarget(env);
  const connection = await connectCli(target, env);
  const client = new Client({
    connection,
    namespace: target.namespace,
    dataConverter: makeDataConverter(payloadKeys),
  });
  const refreshes = new RefreshClient({ client, taskQueue: temporal.taskQueue, policy });
  try {
    return await use(refreshes);
  } finally {
    await refreshes.drained();
    await connection.close();
  }
}
