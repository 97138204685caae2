import { missingProducts } from '../freshness';
import { findKey, recordKey } from '../idempotency';
import type { Join } from '../input/parse-request';
import { instantMs } from '../model/instant';
import type { Progress } from '../model/progress';
import type { RefreshState, Terms } from '../state';

/**
 * Applies other callers' requests for the same connection. Duplicates (by `joinId`, or by idempotency key) are ignored. A request that names
 * a product the connection does not have is refused as a whole, to its caller alone, and changes nothing; one that
 * comes before the connection was read waits for that.
 */
export function recordJoins(state: RefreshState, joins: readonly Join[], nowMs: number): RefreshState {
  const { callers } = state;
  const seenJoinIds = new Set(callers.seenJoinIds);
  const requests: Terms[] = [];
  let { keys } = callers;
  for (const { joinId, terms, request, requestedAtMs } of joins) {
    if (joinId !== null) {
      if (seenJoinIds.has(joinId)) continue;
      seenJoinIds.add(joinId);
    }
    // Also one that comes with another request than before: its caller is refused.
    if (findKey(keys, request, nowMs) !== null) continue;
    requests.push(terms);
    if (request.idempotencyKey !== undefined) {
      keys = recordKey(keys, request, { terms, requestedAtMs }, nowMs);
    }
  }
  const pending = [...callers.pending, ...requests];
  const next: RefreshState = { ...state, callers: { ...callers, seenJoinIds, keys, pending } };
  return state.connection.latest === null
    ? { ...next, terms: requests.reduce((all, one) => mergeTerms(all, one, state), state.terms) }
    : acceptPendingRequests(next);
}

/** Takes in the requests that waited for the connection to be read, but for those that it can never satisfy. */
export function acceptPendingRequests(state: RefreshState): RefreshState {
  const { callers, connection } = state;
  const { latest } = connection;
  if (latest === null || callers.pending.length === 0) return state;
  const accepted = callers.pending.filter(({ products }) => missingProducts(products, latest).length === 0);
  // The terms so far are the union of all requests as long as none was accepted.
  const [first, ...more] = callers.anyAccepted ? [state.terms, ...accepted] : accepted;
  const anyAccepted = callers.anyAccepted || accepted.length > 0;
  return {
    ...state,
    callers: { ...callers, pending: [], anyAccepted },
    terms: first === undefined ? state.terms : more.reduce((all, one) => mergeTerms(all, one, state), first),
  };
}

/**
 * Whether a request asks for nothing beyond what the run already pursues, by its memo. Its run has accepted a request,
 * so the end of that one is the end of this one, too. `freshSince` has `coalesce` taken off already, where nobody named it.
 */
export function asksNothingNew(
  other: Terms,
  { terms, connectionProducts }: Progress,
  { policy: { coalesceMs } }: Pick<RefreshState, 'policy'>,
): boolean {
  if (connectionProducts === null) return false;
  const available = { products: connectionProducts, optionalProducts: [] };
  if (missingProducts(terms.products, available).length > 0) return false;
  return (
    (terms.allProducts || !other.allProducts) &&
    other.products.every((product) => terms.products.includes(product)) &&
    other.freshSinceMs <= (instantMs(terms.freshSince) ?? -Infinity) &&
    other.deadlineMs <= (instantMs(terms.deadline) ?? -Infinity) + coalesceMs &&
    (other.onRateLimit === 'return' || terms.onRateLimit === 'wait') &&
    (other.onRepair === 'return' || terms.onRepair === 'wait') &&
    (other.maxCharges ?? 0) <= terms.maxCharges &&
    (other.priority === 'bulk' || terms.priority !== 'bulk')
  );
}

/** Of two requests the one that satisfies both: more products, later instants, more charges, more patience. */
function mergeTerms(terms: Terms, other: Terms, { policy }: Pick<RefreshState, 'policy'>): Terms {
  return {
    allProducts: terms.allProducts || other.allProducts,
    products: [...new Set([...terms.products, ...other.products])],
    freshSinceMs: Math.max(terms.freshSinceMs, other.freshSinceMs),
    deadlineMs: Math.max(terms.deadlineMs, other.deadlineMs),
    onRateLimit: terms.onRateLimit === 'wait' || other.onRateLimit === 'wait' ? 'wait' : 'return',
    onRepair: terms.onRepair === 'wait' || other.onRepair === 'wait' ? 'wait' : 'return',
    // Silence raises no limit that was named; where nobody named one the policy's holds.
    maxCharges:
      other.maxCharges === null
        ? terms.maxCharges
        : Math.max(terms.maxCharges ?? policy.maxCharges, other.maxCharges),
    priority: terms.priority === 'bulk' ? other.priority : 'interactive',
  };
}
