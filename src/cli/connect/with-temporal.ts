import type { Connection } from '@temporalio/client';
import { connectClient, loadTemporalTarget } from '../../temporal/connect';
import type { TemporalTarget } from '../../temporal/connect';

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
