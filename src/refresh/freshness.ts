import type { Connection } from './model/connection';
import { toInstant } from './model/instant';
import type { Evidence } from './model/outcome';
import { PRODUCTS, evidenceEventFor } from './model/product';
import type { MadeCall, RefreshState } from './state';

/** What is asked of the data: these products, aggregated at or after that instant. */
export interface Needs {
  readonly products: readonly string[];
  readonly freshSinceMs: number;
}

export interface EvidenceReport {
  /** By product; a product that is missing here is not proven fresh. */
  readonly evidence: Readonly<Record<string, Evidence>>;
  readonly missing: readonly string[];
  /** Until when the transactions event may still come; not after now when nothing is waited for. */
  readonly settlesAtMs: number;
}

type Facts = Pick<RefreshState, 'aggregation' | 'events' | 'calls' | 'policy'>;

/** What the callers of this run need, all together. */
export function needsOf({ terms, connection }: Pick<RefreshState, 'terms' | 'connection'>): Needs {
  const all = terms.allProducts ? allProductsOf(connection) : [];
  return { products: [...new Set([...all, ...terms.products])], freshSinceMs: terms.freshSinceMs };
}

/** The connection's products; every product there is when Meld does not say. */
export function allProductsOf(connection: Connection | null): readonly string[] {
  return connection === null || connection.products.length === 0 ? PRODUCTS : connection.products;
}

/** The one definition of done: every product proven, and no event still on its way. */
export function isFresh(needs: Needs, facts: Facts, nowMs: number): boolean {
  const proof = findEvidence(needs, facts);
  return proof.missing.length === 0 && proof.settlesAtMs <= nowMs;
}

/** Whether nothing is left to prove for the callers of this run. */
export function isProven(state: Facts & Pick<RefreshState, 'terms' | 'connection'>): boolean {
  return findEvidence(needsOf(state), state).missing.length === 0;
}

/** Looks for evidence of each product: its event first, the connection's own timestamp otherwise. */
export function findEvidence(needs: Needs, facts: Facts): EvidenceReport {
  const evidence: Record<string, Evidence> = {};
  let settlesAtMs = -Infinity;
  for (const product of needs.products) {
    const found = byEvent(product, needs, facts) ?? byTimestamp(product, needs, facts);
    if (found === null) continue;
    evidence[product] = found;
    const eventMayCome =
      found.by === 'successfullyAggregatedAt' && evidenceEventFor(product) === 'transactions_aggregated';
    if (eventMayCome) settlesAtMs = Math.max(settlesAtMs, eventExpectedUntilMs(facts));
  }
  return { evidence, missing: needs.products.filter((product) => !(product in evidence)), settlesAtMs };
}

/** Whether an event is recent enough to prove anything: Meld's clock may be behind ours by the tolerance. */
export function provesFreshness(
  occurredAtMs: number,
  freshSinceMs: number,
  clockToleranceMs: number,
): boolean {
  return occurredAtMs >= freshSinceMs - clockToleranceMs;
}

function byEvent(product: string, needs: Needs, { events, policy }: Facts): Evidence | null {
  const event = events[evidenceEventFor(product)];
  if (event === undefined) return null;
  if (!provesFreshness(event.occurredAtMs, needs.freshSinceMs, policy.clockToleranceMs)) return null;
  return { by: 'event', eventId: event.eventId, occurredAt: toInstant(event.occurredAtMs) };
}

function byTimestamp(product: string, needs: Needs, { aggregation, calls }: Facts): Evidence | null {
  if (aggregation === null) return null;
  const callsBeforeUpdate = calls.filter(
    (call) => mayBeCharged(call) && aggregation.atMs > (call.aggregatedBeforeMs ?? -Infinity),
  );
  const covering = callsBeforeUpdate.filter((call) => covers(call, product));
  // A call for other products moves the timestamp too, and says nothing about this one.
  if (callsBeforeUpdate.length > 0 && covering.length === 0) return null;
  // Whatever the two clocks say, a timestamp that moved after our call was moved by data younger than it.
  const moved = covering.some((call) => needs.freshSinceMs <= call.sentAtMs);
  if (!moved && aggregation.atMs < needs.freshSinceMs) return null;
  return { by: 'successfullyAggregatedAt', aggregatedAt: toInstant(aggregation.atMs) };
}

/** Whether a call may have started an aggregation, and so may have been charged. */
export function mayBeCharged(call: Pick<MadeCall, 'answer'>): boolean {
  return call.answer === 'accepted' || call.answer === 'unknown';
}

function covers(call: MadeCall, product: string): boolean {
  return call.products === null || call.products.some((asked) => asked === product);
}

/** An aggregation that ended long before this run has nothing left to announce. */
function eventExpectedUntilMs({ aggregation, policy }: Facts): number {
  if (aggregation === null) return -Infinity;
  const { atMs, seenAtMs, sinceStart } = aggregation;
  return (sinceStart ? Math.min(atMs, seenAtMs) : seenAtMs) + policy.settleMs;
}
