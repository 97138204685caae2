import { mapConcurrent } from '../lib/map-concurrent';
import { skipReason } from '../refresh/model/connection-status';
import type { RefreshRequest } from '../refresh/model/request';
import { isRefreshError, type RefreshError } from './errors';

/** A connection of a customer, as Meld lists it. */
export interface CustomerConnection {
  readonly id: string;
  readonly status: string;
  readonly statusReason: string | null;
  /** Of an INACTIVE_DUPLICATE: the connection that is used in its place. */
  readonly activeDuplicateConnectionId: string | null;
}

export type ConnectionLister = (customerId: string) => Promise<readonly CustomerConnection[]>;

/** What to ask of every connection of a customer; `priority` is `bulk` unless it says otherwise. */
export type CustomerRefreshRequest = Omit<RefreshRequest, 'connectionId' | 'customerId' | 'notBefore'>;

export type ConnectionDisposition =
  | { readonly connectionId: string; readonly disposition: 'started' | 'joined'; readonly runId: string }
  | { readonly connectionId: string; readonly disposition: 'failed'; readonly error: RefreshError }
  | {
      readonly connectionId: string;
      readonly disposition: 'skipped';
      /** Meld's status that cannot be refreshed, or `INACTIVE_DUPLICATE`. */
      readonly reason: string;
      /** Of an INACTIVE_DUPLICATE: the connection that is refreshed in its place. */
      readonly activeDuplicateConnectionId?: string;
    };

interface RefreshCustomerDeps {
  readonly connections: ConnectionLister;
  /** Resolves once the refresh is started or joined. */
  readonly refresh: (
    request: RefreshRequest,
  ) => Promise<{ readonly runId: string; readonly disposition: 'started' | 'joined' }>;
}

/** Eight at a time: a customer with many connections must not crowd out the other callers. */
const CONCURRENCY = 8;

/**
 * One disposition per connection, in the lister's order; one that fails does not lose the others, and one that cannot be
 * refreshed, or should not, is skipped.
 */
export async function refreshCustomer(
  { connections, refresh }: RefreshCustomerDeps,
  customerId: string,
  request: CustomerRefreshRequest,
): Promise<readonly ConnectionDisposition[]> {
  const found = new Map((await connections(customerId)).map((one) => [one.id, one]));
  const dispositionOf = async (connection: CustomerConnection): Promise<ConnectionDisposition> => {
    const { id: connectionId, activeDuplicateConnectionId } = connection;
    const reason = skipReason(connection, request);
    if (reason !== null) {
      const named = reason === 'INACTIVE_DUPLICATE' && activeDuplicateConnectionId !== null;
      return {
        connectionId,
        disposition: 'skipped',
        reason,
        ...(named && { activeDuplicateConnectionId }),
      };
    }
    try {
      const { runId, disposition } = await refresh({
        priority: 'bulk',
        ...request,
        customerId,
        connectionId,
      });
      return { connectionId, disposition, runId };
    } catch (error) {
      if (isRefreshError(error)) return { connectionId, disposition: 'failed', error };
      throw error;
    }
  };
  return mapConcurrent([...found.values()], CONCURRENCY, dispositionOf);
}
