import { Client } from '@temporalio/client';
import { RefreshClient } from '../client';
import { loadConfig } from '../config';
import { loadTemporalTarget } from '../temporal/connect';
import { makeDataConverter } from '../temporal/data-converter';
import type { CliIo } from './cli-io';
import { connectCli } from './connect';

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
