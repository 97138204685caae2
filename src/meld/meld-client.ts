import { getConnection } from './endpoints/get-connection';
import { postRefresh, type RefreshCall } from './endpoints/post-refresh';
import { repairConnection } from './endpoints/post-repair';
import {
  searchConnections,
  type ConnectionFilter,
  type FoundConnection,
  type OnUnreadable,
} from './endpoints/search-connections';
import { makeTransport, type MeldClientOptions } from './http/transport';

export type { MeldClientOptions } from './http/transport';

/** Meld over HTTP. Nothing is retried and no redirect is followed: that is for the caller to decide. */
export type MeldClient = ReturnType<typeof makeMeldClient>;

/** Throws `TypeError` on a base URL or key that no request could be made with. */
export function makeMeldClient(options: MeldClientOptions) {
  const transport = makeTransport(options);
  return {
    /** Free. Never throws. */
    getConnection: (connectionId: string) => getConnection(transport, connectionId),
    /** Charged, and sent at most once, over a connection of its own. Never throws. */
    refresh: (call: RefreshCall) => postRefresh(transport, call),
    /** The customer's way to repair a connection: credentials, to be kept out of logs and histories. Never throws. */
    repair: (connectionId: string) => repairConnection(transport, connectionId),
    /** Each matching connection once, but those that cannot be read; throws `MeldError` when a page cannot be had. */
    searchConnections: (
      filter: ConnectionFilter,
      onUnreadable?: OnUnreadable,
    ): AsyncIterable<FoundConnection> => searchConnections(transport, filter, onUnreadable),
    /** Closes keep-alive connections once in-flight requests have finished. */
    close: () => transport.close(),
  };
}
