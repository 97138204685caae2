import { Client } from '@temporalio/client';
import { RefreshClient } from '../../client';
import type { RefreshDescription, RefreshFilter } from '../../client';
import { loadConfig } from '../../config';
import { makeDataConverter } from '../../temporal/data-converter';
import type { CliIo } from '../terminal/process-io';
import { withTemporal } from './with-temporal';

/** The newest refreshes that the filter names, so many at most. @throws as `withRefreshes` */
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
  });
}

/**
 * Refreshes as the environment says, for as long as `use` takes. Needs no Meld key.
 * @throws ConfigError, SetupError
 */
export async function withRefreshes<T>(
  { env }: Pick<CliIo, 'env'>,
  use: (refreshes: RefreshClient) => Promise<T>,
): Promise<T> {
  const { payloadKeys, policy, temporal } = loadConfig(env);
  return withTemporal(env, async (connection, { namespace }) => {
    const client = new Client({ connection, namespace, dataConverter: makeDataConverter(payloadKeys) });
    const refreshes = new RefreshClient({ client, taskQueue: temporal.taskQueue, policy });
    return use(refreshes).finally(() => refreshes.drained());
  });
}
