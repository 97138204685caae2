import { z } from 'zod';
import type { Connection } from '../../refresh/model/connection';
import { connectionSchema } from './connection-schema';
import { MeldError } from '../http/meld-error';
import { parseReply } from '../http/meld-reply';
import type { Transport } from '../http/transport';

/** Which connections; what is left out does not narrow the search. */
export interface ConnectionFilter {
  readonly customerId?: string;
  readonly externalCustomerId?: string;
  readonly institutionId?: string;
  readonly statuses?: readonly string[];
  readonly serviceProviders?: readonly string[];
  /** yyyy-mm-dd. */
  readonly startDate?: string;
  /** yyyy-mm-dd. */
  readonly endDate?: string;
  /** Connections per page; Meld's own default when left out. */
  readonly limit?: number;
}

const pageSchema = z.object({
  connections: z.array(connectionSchema.and(z.object({ key: z.string().min(1).nullish().catch(null) }))),
});

/**
 * `GET /bank-linking/connections`, page by page. Each connection comes once.
 * Throws `MeldError` when a page cannot be had.
 */
export async function* searchConnections(
  transport: Transport,
  filter: ConnectionFilter,
  now: () => number,
): AsyncGenerator<Connection, void, undefined> {
  const seenIds = new Set<string>();
  const seenKeys = new Set<string>();
  let after: string | undefined;
  // Which way `before` and `after` run is not documented: a key that comes again ends the search in any case.
  for (;;) {
    const path = `/bank-linking/connections${toQuery(filter, after)}`;
    const page = parseReply(await transport.send({ method: 'GET', path }), pageSchema, now());
    if (page.reply !== 'ok') throw new MeldError(page);
    for (const { key: _key, ...connection } of page.value.connections) {
      if (seenIds.has(connection.id)) continue;
      seenIds.add(connection.id);
      yield connection;
    }
    const key = page.value.connections.at(-1)?.key;
    if (key === undefined || key === null || seenKeys.has(key)) return;
    seenKeys.add(key);
    after = key;
  }
}

function toQuery(filter: ConnectionFilter, after: string | undefined): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, after })) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}
