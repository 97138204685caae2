import type { Connection } from './model/connection';
import type { Product } from './model/product';
import type { Join, RefreshState, Terms } from './state';

/**
 * Takes in another caller's request for the same connection. A join that came before is no news; one that
 * names a product the connection does not have changes nothing; one that comes before the connection was
 * read waits for that.
 */
export function recordJoin(state: RefreshState, join: Join): RefreshState {
  if (state.seenJoinIds.has(join.joinId)) return state;
  const next: RefreshState = { ...state, seenJoinIds: new Set(state.seenJoinIds).add(join.joinId) };
  return state.connection === null
    ? { ...next, pendingJoins: [...state.pendingJoins, join] }
    : acceptJoin(next, join, state.connection);
}

/** Admits the joins that waited for the connection to be read, unless the run itself asks for too much. */
export function acceptPendingJoins(state: RefreshState): RefreshState {
  const { connection, pendingJoins, terms } = state;
  if (connection === null || missingProducts(terms.products, connection).length > 0) return state;
  return pendingJoins.reduce<RefreshState>((next, join) => acceptJoin(next, join, connection), {
    ...state,
    pendingJoins: [],
  });
}

/** What the connection was made with, optional products included; empty when Meld does not say. */
export function availableProducts(
  connection: Pick<Connection, 'products' | 'optionalProducts'>,
): readonly string[] {
  const { products, optionalProducts } = connection;
  return products.length === 0 ? [] : [...new Set([...products, ...optionalProducts])];
}

/** The named products that the connection was not made with; none when Meld does not say what it has. */
export function missingProducts(
  named: readonly Product[],
  connection: Pick<Connection, 'products' | 'optionalProducts'>,
): readonly Product[] {
  const had = availableProducts(connection);
  return had.length === 0 ? [] : named.filter((product) => !had.includes(product));
}

function acceptJoin(state: RefreshState, join: Join, connection: Connection): RefreshState {
  if (missingProducts(join.products ?? [], connection).length > 0) return state;
  return { ...state, terms: mergeTerms(state.terms, join, state) };
}

/** Of two wishes the one that satisfies both: more products, later instants, more charges, more patience. */
function mergeTerms(terms: Terms, join: Join, { policy }: Pick<RefreshState, 'policy'>): Terms {
  const deadlineMs = join.requestedAtMs + (join.giveUpAfterMs ?? policy.giveUpAfterMs);
  return {
    allProducts: terms.allProducts || join.products === null,
    products: [...new Set([...terms.products, ...(join.products ?? [])])],
    freshSinceMs: Math.max(terms.freshSinceMs, join.freshSinceMs ?? -Infinity),
    deadlineMs: Math.max(terms.deadlineMs, deadlineMs),
    onRateLimit: terms.onRateLimit === 'wait' || join.onRateLimit === 'wait' ? 'wait' : 'return',
    onRepair: terms.onRepair === 'wait' || join.onRepair === 'wait' ? 'wait' : 'return',
    maxCharges: Math.max(terms.maxCharges, join.maxCharges ?? policy.maxCharges),
  };
}
