import { Client } from '@temporalio/client';
import { RefreshClient } from '../../client';
import type { RefreshPolicyInput } from '../../refresh/model/policy';
import { connectClient } from '../../temporal/connect';
import type { Stack } from './start-stack';

type Target = Pick<Stack, 'temporalAddress' | 'namespace' | 'taskQueue'>;

/** A client of the refreshes in a stack, with the stack's policy, and what closes its connection. */
export async function connectRefreshes(
  { temporalAddress: address, namespace, taskQueue }: Target,
  policy: RefreshPolicyInput = {},
) {
  const connection = await connectClient({ address, namespace, connectionOptions: { address } });
  const client = new Client({ connection, namespace });
  const refreshes = new RefreshClient({ client, taskQueue, policy });
  const close = () => refreshes.drained().then(() => connection.close());
  return { refreshes, close };
}
