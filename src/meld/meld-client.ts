import type { CallAnswer, Connection } from '../refresh/model/connection';
import { getConnection } from './endpoints/get-connection';
import type { MeldReply } from './http/meld-reply';
import { postRefresh } from './endpoints/post-refresh';
import type { RefreshCall } from './endpoints/post-refresh';
import { repairConnection } from './endpoints/post-repair';
import type { Repair } from './endpoints/post-repair';
import { searchConnections } from './endpoints/search-connections';
import type { ConnectionFilter, FoundConnection, OnUnreadable } from './endpoints/search-connections';
import { makeTransport } from './http/transport';
import type { TransportOptions } from './http/transport';

/** Meld over HTTP. Nothing is retried and no redirect is followed: that is for the caller to decide. */
export interface MeldClient {
  /** Free. Never throws. */
  getConnection(connectionId: string): Promise<MeldReply<Connection>>;
  /** Charged, and sent at most once, over a connection of its own. Never throws. */
  refresh(call: RefreshCall): Promise<CallAnswer>;
  /** The customer's way to repair a connection: credentials, to be kept out of logs and histories. Never throws. */
  repair(connectionId: string): Promise<MeldReply<Repair>>;
  /** Each matching connection once, but those that cannot be read; throws `MeldError` when a page cannot be had. */
  searchConnections(filter: ConnectionFilter, onUnreadable?: OnUnreadable): AsyncIterable<FoundConnection>;
  /** Closes keep-alive connections once in-flight requests have finished. */
  close(): Promise<void>;
}

export interface MeldClientOptions extends TransportOptions {
  /** Epoch milliseconds: for a `Retry-After` that is a date. */
  readonly now?: () => number;
}

/** Throws `TypeError` on a base URL or key that no request could be made with. */
export function makeMeldClient({ now = Date.now, ...options }: MeldClientOptions): MeldClient {
  const transport = makeTransport(options);
  return {
    getConnection: (connectionId) => getConnection(transport, connectionId, now),
    refresh: (call) => postRefresh(transport, call, now),
    repair: (connectionId) => repairConnection(transport, connectionId, now),
    searchConnections: (filter, onUnreadable) => searchConnections(transport, filter, now, onUnreadable),
    close: () => transport.close(),
  };
}
