import { createHash } from 'node:crypto';
import { InvalidRequestError } from '../refresh/input/invalid-request';
import { mapConcurrent } from '../lib/map-concurrent';
import { readDescription } from './read-description';
import { readEnd, withEnd } from './read-run';
import type { RefreshDescription } from './refresh-description';
import type { TemporalRpc } from './temporal-rpc';
import { visibilityQuery, type RefreshFilter } from './visibility-query';

export interface Paging {
  /** 1 to 1000, default 50. */
  readonly pageSize?: number;
  /** `nextPageToken` of the page before, asked with the same filter. */
  readonly pageToken?: string;
}

export interface RefreshPage {
  /** Without results; `outcome` is there. Visibility trails the runs by moments. */
  readonly refreshes: readonly RefreshDescription[];
  /** Left out on the last page. */
  readonly nextPageToken?: string;
}

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;
const FAILURES_AT_ONCE = 8;

/** @throws InvalidRequestError for a page size or token that cannot be; TemporalUnavailableError, TemporalRejectedError. */
export async function listPage(
  calls: TemporalRpc,
  filter: RefreshFilter,
  { pageSize = DEFAULT_PAGE_SIZE, pageToken }: Paging,
): Promise<RefreshPage> {
  const { client, rpc } = calls;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE_SIZE) {
    throw new InvalidRequestError('pageSize', `a whole number from 1 to ${MAX_PAGE_SIZE}`, pageSize);
  }
  const query = visibilityQuery(filter);
  const nextPageToken = pageToken === undefined ? Buffer.alloc(0) : readToken(pageToken, query);
  const page = await rpc('list refreshes', () =>
    client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      query,
      pageSize,
      nextPageToken,
    }),
  );
  const refreshes = await mapConcurrent(page.executions, FAILURES_AT_ONCE, async (raw) => {
    const description = await readDescription(client, raw);
    return description.state === 'failed' ? withFailure(calls, description) : description;
  });
  const next = Buffer.from(page.nextPageToken);
  return next.length === 0 ? { refreshes } : { refreshes, nextPageToken: writeToken(next, query) };
}

/** Failed runs are rare, a bug or an operator's doing, and visibility does not say why. */
async function withFailure(calls: TemporalRpc, description: RefreshDescription): Promise<RefreshDescription> {
  const { connectionId, runId } = description;
  try {
    return withEnd(description, await readEnd(calls, connectionId, runId)) ?? description;
  } catch {
    // One item that cannot be read does not fail the page.
    return description;
  }
}

/** Every refresh that matches, page by page as they are asked for. */
export async function* listAll(
  calls: TemporalRpc,
  filter: RefreshFilter,
  paging: Pick<Paging, 'pageSize'>,
): AsyncGenerator<RefreshDescription, void, undefined> {
  let page = await listPage(calls, filter, paging);
  yield* page.refreshes;
  while (page.nextPageToken !== undefined) {
    page = await listPage(calls, filter, { ...paging, pageToken: page.nextPageToken });
    yield* page.refreshes;
  }
}

/**
 * Temporal's token says where to go on, not in which list, and Temporal answers a damaged one as if it were itself
 * in trouble: the digest tells both apart from a good one. It guards against mistakes, not against forgery.
 */
function writeToken(token: Buffer, query: string): string {
  return `${digest(token, query)}.${token.toString('base64url')}`;
}

function readToken(pageToken: string, query: string): Buffer {
  const [prefix, text = ''] = pageToken.split('.', 2);
  const token = Buffer.from(text, 'base64url');
  if (prefix !== digest(token, query)) {
    throw new InvalidRequestError(
      'pageToken',
      'the nextPageToken of a page asked with the same filter',
      pageToken,
    );
  }
  return token;
}

function digest(token: Buffer, query: string): string {
  return createHash('sha256').update(query).update('\0').update(token).digest('base64url').slice(0, 16);
}
