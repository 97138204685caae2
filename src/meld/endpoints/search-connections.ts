import { z } from 'zod';
import type { Connection } from '../../refresh/model/connection';
import { clip } from '../clip';
import { describeIssues } from '../describe-issues';
import { connectionSchema, optional } from './connection-schema';
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

export interface FoundConnection extends Connection {
  /** Of an INACTIVE_DUPLICATE: the connection that is used in its place. */
  readonly activeDuplicateConnectionId: string | null;
}

/** Told of what a search could not use: one sentence that holds field names and no values. */
export type OnUnreadable = (problem: string) => void;

const text = optional(z.string().min(1), null);

const foundSchema = connectionSchema.and(z.object({ activeDuplicateConnectionId: text }));
const pageSchema = z.object({ connections: z.array(z.unknown()), remaining: optional(z.number(), null) });
const keySchema = z.object({ key: text });

/**
 * `GET /bank-linking/connections`, page by page. Each connection comes once; one that cannot be read is reported
 * and skipped, so that it does not hide the customer's others. Throws `MeldError` when a page cannot be had.
 */
export async function* searchConnections(
  transport: Transport,
  filter: ConnectionFilter,
  now: () => number,
  onUnreadable: OnUnreadable = () => undefined,
): AsyncGenerator<FoundConnection, void, undefined> {
  const seenIds = new Set<string>();
  const seenKeys = new Set<string>();
  let after: string | undefined;
  // Which way `before` and `after` run is not documented: a key seen before, or a page of only ids seen before,
  // ends the search in any case.
  for (;;) {
    const path = `/bank-linking/connections${toQuery(filter, after)}`;
    const page = parseReply(await transport.send({ method: 'GET', path }), pageSchema, now());
    if (page.reply !== 'ok') throw new MeldError(page);
    const { connections, remaining } = page.value;
    let news = false;
    for (const [index, item] of connections.entries()) {
      const parsed = foundSchema.safeParse(item);
      if (!parsed.success) {
        onUnreadable(clip(`connections.${index}: ${describeIssues(parsed.error)}`));
        // It has no id to know it by; its page's key still ends a search that goes round.
        news = true;
        continue;
      }
      if (seenIds.has(parsed.data.id)) continue;
      news = true;
      seenIds.add(parsed.data.id);
      yield parsed.data;
    }
    const key = keySchema.safeParse(connections.at(-1)).data?.key ?? null;
    if (!news || key === null || seenKeys.has(key) || remaining === 0) {
      if (remaining !== null && remaining > 0 && connections.length > 0) {
        onUnreadable('the search ended although Meld says that more connections remain');
      }
      return;
    }
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
