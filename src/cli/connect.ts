import { Client, type Connection } from '@temporalio/client';
import { RefreshClient, type RefreshDescription, type RefreshFilter } from '../client';
import { loadRefreshesConfig, type MeldSettings } from '../config';
import { makeMeldClient, type MeldClient } from '../meld/meld-client';
import { connectClient, loadTemporalTarget, type TemporalTarget } from '../temporal/connect';
import { makeDataConverter } from '../temporal/data-converter';

/**
 * A connection to Temporal as the environment says, for as long as `use` takes.
 * @throws ConfigError, SetupError
 */
export async function withTemporal<T>(
  env: NodeJS.ProcessEnv,
  use: (connection: Connection, target: TemporalTarget) => Promise<T>,
): Promise<T> {
  const target = loadTemporalTarget(env);
  const connection = await connectClient(target);
  return use(connection, target).finally(() => connection.close());
}

/** The same for refreshes. Needs no Meld key. @throws ConfigError, SetupError */
export async function withRefreshes<T>(
  env: NodeJS.ProcessEnv,
  use: (refreshes: RefreshClient) => Promise<T>,
): Promise<T> {
  const { payloadKeys, policy, temporal } = loadRefreshesConfig(env);
  return withTemporal(env, async (connection, { namespace }) => {
    const client = new Client({ connection, namespace, dataConverter: makeDataConverter(payloadKeys) });
    const refreshes = new RefreshClient({ client, taskQueue: temporal.taskQueue, policy });
    return use(refreshes).finally(() => refreshes.drained());
  });
}

/** The newest refreshes that the filter names, so many at most. @throws as `withRefreshes` */
export async function findRefreshes(
  env: NodeJS.ProcessEnv,
  filter: RefreshFilter,
  most = Infinity,
): Promise<readonly RefreshDescription[]> {
  return withRefreshes(env, async (refreshes) => {
    const found: RefreshDescription[] = [];
    for await (const refresh of refreshes.list(filter, { pageSize: Math.min(most, 1_000) })) {
      found.push(refresh);
      if (found.length >= most) break;
    }
    return found;
  });
}

/** A Meld client for as long as `use` takes. */
export async function withMeld<T>(settings: MeldSettings, use: (meld: MeldClient) => Promise<T>): Promise<T> {
  const meld = makeMeldClient(settings);
  return use(meld).finally(() => meld.close());
}
