import { mapConcurrent } from '../lib/map-concurrent';
import { parseRequest } from '../refresh/input/parse-request';
import type { RefreshRequest } from '../refresh/model/request';
import { isRefreshError } from './errors';
import type { RefreshError } from './errors';

/** The ids of a customer's connections. */
export type ConnectionLister = (customerId: string) => Promise<readonly string[]>;

/** What to ask of every connection of a customer. */
export type CustomerRefreshRequest = Omit<RefreshRequest, 'connectionId' | 'customerId' | 'notBefore'>;

export type ConnectionDisposition =
  | { readonly connectionId: string; readonly disposition: 'started' | 'joined'; readonly runId: string }
  | { readonly connectionId: string; readonly disposition: 'failed'; readonly error: RefreshError };

export interface RefreshCustomerDeps {
  readonly connections: ConnectionLister;
  /** Resolves once the refresh is started or joined. */
  readonly refresh: (
    request: RefreshRequest,
  ) => Promise<{ readonly runId: string; readonly disposition: 'started' | 'joined' }>;
}

/** Eight at a time: a customer with many connections must not crowd out the other callers. */
const CONCURRENCY = 8;

/** One disposition per connection, in the lister's order; one that fails does not lose the others. */
export async function refreshCustomer(
  { connections, refresh }: RefreshCustomerDeps,
  customerId: string,
  request: CustomerRefreshRequest,
): Promise<readonly ConnectionDisposition[]> {
  // A wrong request is one error, and not one for each connection, of which there may be none.
  parseRequest({ ...request, customerId, connectionId: 'any' });
  const connectionIds = [...new Set(await connections(customerId))];
  const dispositionOf = async (connectionId: string): Promise<ConnectionDisposition> => {
    try {
      const { runId, disposition } = await refresh({ ...request, customerId, connectionId });
      return { connectionId, disposition, runId };
    } catch (error) {
      if (isRefreshError(error)) return { connectionId, disposition: 'failed', error };
      throw error;
    }
  };
  return mapConcurrent(connectionIds, CONCURRENCY, dispositionOf);
}
