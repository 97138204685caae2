import { fingerprint } from './input/parse-request';
import { toInstant } from './model/instant';
import type { IdempotencyKey } from './model/progress';
import type { RefreshRequest } from './model/request';
import type { Terms } from './state';

/** 20: a connection gets a handful of requests a day; the memo is read at every start. */
const MOST_KEYS = 20;
/** 24 h: past a day nobody repeats a request whose answer was lost. */
const REMEMBERED_MS = 86_400_000;

/** The keys to remember, with that of a new request, if it has one that is not known. */
export function recordKey(
  known: readonly IdempotencyKey[],
  request: Pick<RefreshRequest, 'idempotencyKey'>,
  { terms, requestedAtMs }: { readonly terms: Terms; readonly requestedAtMs: number },
  nowMs: number,
): readonly IdempotencyKey[] {
  const { idempotencyKey: key } = request;
  const valid = known.filter(({ requestedAt }) => Date.parse(requestedAt) > nowMs - REMEMBERED_MS);
  if (key === undefined || valid.some((entry) => entry.key === key)) return valid.slice(-MOST_KEYS);
  const entry: IdempotencyKey = {
    key,
    request: fingerprint(request),
    freshSince: toInstant(terms.freshSinceMs),
    requestedAt: toInstant(requestedAtMs),
    runId: null,
  };
  return [...valid, entry].slice(-MOST_KEYS);
}
