import { fingerprint } from './input/parse-request';
import { toInstant } from './model/instant';
import type { IdempotencyKey } from './model/progress';
import type { RefreshRequest } from './model/request';
import type { Terms } from './state';

/** 20: a connection gets a handful of requests a day; the memo is read at every start. */
const MOST_KEYS = 20;
/** 24 h: past a day nobody repeats a request whose answer was lost. */
export const REMEMBERED_MS = 86_400_000;

/**
 * What an earlier use of the request's key left behind.
 * @returns `conflict` when the key came with another request; `null` when the request has no key, or a new one
 */
export function findKey(
  known: readonly IdempotencyKey[],
  request: Pick<RefreshRequest, 'idempotencyKey'>,
  nowMs: number,
): IdempotencyKey | 'conflict' | null {
  const found = valid(known, nowMs).find(({ key }) => key === request.idempotencyKey);
  if (found === undefined) return null;
  return found.request === fingerprint(request) ? found : 'conflict';
}

/** The keys to remember, with that of a new request, if it has one that is not known. */
export function recordKey(
  known: readonly IdempotencyKey[],
  request: Pick<RefreshRequest, 'idempotencyKey'>,
  { terms, requestedAtMs }: { readonly terms: Terms; readonly requestedAtMs: number },
  nowMs: number,
): readonly IdempotencyKey[] {
  const { idempotencyKey: key } = request;
  const kept = valid(known, nowMs);
  if (key === undefined || kept.some((entry) => entry.key === key)) return kept.slice(-MOST_KEYS);
  const entry: IdempotencyKey = {
    key,
    request: fingerprint(request),
    freshSince: toInstant(terms.freshSinceMs),
    requestedAt: toInstant(requestedAtMs),
    runId: null,
  };
  return [...kept, entry].slice(-MOST_KEYS);
}

function valid(known: readonly IdempotencyKey[], nowMs: number): readonly IdempotencyKey[] {
  return known.filter(({ requestedAt }) => Date.parse(requestedAt) > nowMs - REMEMBERED_MS);
}
