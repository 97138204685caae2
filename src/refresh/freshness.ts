import type { Connection } from './model/connection';
import { toInstant } from './model/instant';
import type { Evidence } from './model/outcome';
import { PRODUCTS, evidenceEventFor } from './model/product';
import type { MadeCall, RefreshState, SentCall } from './state';

/** What is asked of the data: these products, aggregated at or after that instant. */
export interface Needs {
  readonly products: readonly string[];
  readonly freshSinceMs: number;
}

export interface EvidenceReport {
  /** By product; a product that is missing here is not proven fresh. */
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly missing: readonly string[];
  /** Until when the transactions event may still come; not after now when nothing is waited for. */
  readonly settlesAtMs: number;
}

/** What data there is of a product: it satisfies every `freshSince` up to an instant. */
interface Found {
  readonly evidence: Evidence;
  readonly satisfiesMs: number;
}

type Facts = Pick<RefreshState, 'connection' | 'events' | 'calls' | 'policy'>;

/** What the callers of this run need, all together; of the products that the connection has. */
export function needsOf({
  terms,
  connection: { latest },
}: Pick<RefreshState, 'terms' | 'connection'>): Needs {
  const all = terms.allProducts ? allProductsOf(latest) : [];
  const lacking = latest === null ? [] : missingProducts(terms.products, latest);
  const named = terms.products.filter((product) => !lacking.includes(product));
  return { products: [...new Set([...all, ...named])], freshSinceMs: terms.freshSinceMs };
}

/** The connection's products; every product there is when Meld does not say. */
export function allProductsOf(connection: Pick<Connection, 'products'> | null): readonly string[] {
  return connection === null || connection.products.length === 0 ? PRODUCTS : connection.products;
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
  named: readonly string[],
  connection: Pick<Connection, 'products' | 'optionalProducts'>,
): readonly string[] {
  const available = availableProducts(connection);
  return available.length === 0 ? [] : named.filter((product) => !available.includes(product));
}

/** What the connection lacks of the named products; nothing when a caller can do with what it has. */
export function lackedByAll({
  connection: { latest },
  callers,
  terms,
}: Pick<RefreshState, 'connection' | 'callers' | 'terms'>): readonly string[] {
  const missing = latest === null ? [] : missingProducts(terms.products, latest);
  const nothingLeft = !terms.allProducts && missing.length === terms.products.length;
  return callers.anyAccepted && !nothingLeft ? [] : missing;
}

/** Whether every product is proven, and no event still on its way. */
export function isFresh(needs: Needs, facts: Facts, nowMs: number): boolean {
  const report = findEvidence(needs, facts, nowMs);
  return report.missing.length === 0 && report.settlesAtMs <= nowMs;
}

/** Whether all that the callers of this run need is proven, and nothing is left to settle; never where all are refused. */
export function isDone(state: RefreshState, nowMs: number): boolean {
  const needs = needsOf(state);
  return lackedByAll(state).length === 0 && needs.products.length > 0 && isFresh(needs, state, nowMs);
}

/** Looks for evidence of each product: of all there is, that which satisfies the latest `freshSince`, events first. */
export function findEvidence(needs: Needs, facts: Facts, nowMs: number): EvidenceReport {
  const evidence = new Map<string, Evidence>();
  let settlesAtMs = -Infinity;
  for (const product of needs.products) {
    const found = proofOf(product, needs.freshSinceMs, facts, nowMs);
    if (found === null) continue;
    evidence.set(product, found.evidence);
    const eventMayCome =
      found.evidence.by === 'successfullyAggregatedAt' &&
      evidenceEventFor(product) === 'transactions_aggregated';
    if (eventMayCome) settlesAtMs = Math.max(settlesAtMs, transactionsExpectedUntilMs(facts));
  }
  return { evidence, missing: needs.products.filter((product) => !evidence.has(product)), settlesAtMs };
}

/** The best evidence of products whose data is older than a `freshSince`. */
export function findEarlierEvidence(
  needs: Needs,
  facts: Facts,
  nowMs: number,
): ReadonlyMap<string, Evidence> {
  return new Map(
    needs.products.flatMap((product) => {
      if (proofOf(product, needs.freshSinceMs, facts, nowMs) !== null) return [];
      const [best] = [...byEvents(product, facts, nowMs), ...byTimestamp(product, facts, nowMs)].sort(
        (a, b) => b.satisfiesMs - a.satisfiesMs,
      );
      return best === undefined ? [] : [[product, best.evidence] as const];
    }),
  );
}

/** Whether an instant of Meld's lies so far ahead of our clock that it proves nothing. */
export function isFromTheFuture(atMs: number, nowMs: number, { clockToleranceMs }: Facts['policy']): boolean {
  return atMs > nowMs + clockToleranceMs;
}

/** Whether a call may have started an aggregation, and so may be charged. */
export function mayBeCharged({ answer }: Pick<MadeCall, 'answer'>): boolean {
  return answer === 'accepted' || answer === 'unknown';
}

/** Calls of this run, or remembered by it, that may have started an aggregation, in the order they were sent. */
export function callsThatMayHaveRun({
  made,
  pending,
  remembered,
}: RefreshState['calls']): readonly SentCall[] {
  return [...remembered, ...made.filter(mayBeCharged), pending]
    .filter((call) => call !== null)
    .sort((a, b) => a.sentAtMs - b.sentAtMs);
}

/** How many calls of this run have been begun, whatever became of them. */
export function callsSent({ made, pending, withdrawn }: RefreshState['calls']): number {
  return made.length + withdrawn + (pending === null ? 0 : 1);
}

export function covers(call: SentCall, product: string): boolean {
  return call.products === null || call.products.includes(product);
}

function proofOf(product: string, freshSinceMs: number, facts: Facts, nowMs: number): Found | null {
  const suffices = (found: Found): boolean => found.satisfiesMs >= freshSinceMs;
  return (
    byEvents(product, facts, nowMs).find(suffices) ??
    byTimestamp(product, facts, nowMs).find(suffices) ??
    null
  );
}

function byEvents(product: string, facts: Facts, nowMs: number): readonly Found[] {
  return facts.events.seen[evidenceEventFor(product)]
    .filter(({ occurredAtMs, callsBefore }) =>
      isAttributable({ by: 'event', atMs: occurredAtMs, callsBefore }, product, facts, nowMs),
    )
    .map(({ eventId, occurredAtMs, arrivedAtMs }) => {
      const satisfiesMs = Math.min(occurredAtMs, arrivedAtMs) + facts.policy.clockToleranceMs;
      const occurredAt = toInstant(occurredAtMs);
      return {
        satisfiesMs,
        evidence: { by: 'event', eventId, occurredAt, satisfies: toInstant(satisfiesMs) },
      };
    });
}

function byTimestamp(product: string, facts: Facts, nowMs: number): readonly Found[] {
  const { aggregation, earlierAggregations } = facts.connection;
  return [...(aggregation === null ? [] : [aggregation]), ...earlierAggregations]
    .map((seen) => ({ by: 'successfullyAggregatedAt', ...seen }) as const)
    .filter((seen) => isAttributable(seen, product, facts, nowMs))
    .map((seen) => {
      const { by, atMs, seenAtMs } = seen;
      // Whatever the two clocks say, a timestamp that moved after a call was moved by data younger than the call, and
      // one that was seen tells of nothing younger than that moment.
      const callsBeforeUpdate = callsBehind(seen, facts).filter(({ sentAtMs }) => seenAtMs >= sentAtMs);
      const satisfiesMs = Math.max(
        Math.min(atMs, seenAtMs),
        ...callsBeforeUpdate.map(({ sentAtMs }) => sentAtMs),
      );
      return {
        satisfiesMs,
        evidence: { by, aggregatedAt: toInstant(atMs), satisfies: toInstant(satisfiesMs) },
      };
    });
}

/**
 * Whether what is dated from that instant may tell of this product. From a scoped call on, Meld announces data of
 * products that nobody can name: it counts only for those that a call since then asked for. One that another has
 * followed counts as long as its data may still come.
 */
function isAttributable(data: DatedData, product: string, facts: Facts, nowMs: number): boolean {
  if (isFromTheFuture(data.atMs, nowMs, facts.policy)) return false;
  const since = callsBehind(data, facts);
  const scoped = since.some((call) => call.products !== null);
  return (
    !scoped ||
    since.some(
      (call, index) =>
        covers(call, product) &&
        !wasShown(data.atMs, call, facts.policy) &&
        since
          .slice(index + 1)
          .every(
            (later) =>
              isAwaited(call, data.atMs, facts.policy) && !isOver(call, later, data.atMs, product, facts),
          ),
    )
  );
}

interface DatedData extends Pick<Evidence, 'by'> {
  readonly atMs: number;
  readonly callsBefore: number;
}

/** Calls that may have caused it: sent before it became known, and not after what it is dated, by either clock. */
function callsBehind({ by, atMs, callsBefore }: DatedData, { calls, policy }: Facts): readonly SentCall[] {
  return callsThatMayHaveRun(calls).filter(
    (call) =>
      call.number <= callsBefore &&
      atMs >= call.sentAtMs - policy.clockToleranceMs &&
      // What Meld showed when the call was made is not of its data; of an event, dated otherwise maybe, that proves nothing.
      (by === 'event' || !wasShown(atMs, call, policy)) &&
      // What came long after a call of an earlier run is an aggregation of another.
      (call.number > 0 || isAwaited(call, atMs, policy)),
  );
}

/** Whether a call's data had come, by either clock, before the next call and before that instant. */
function isOver(
  call: SentCall,
  later: SentCall,
  atMs: number,
  product: string,
  { connection: { aggregation, earlierAggregations }, events, policy }: Facts,
): boolean {
  const dates = [
    ...[aggregation, ...earlierAggregations].map((seen) => seen?.atMs ?? -Infinity),
    ...events.seen[evidenceEventFor(product)].map(({ occurredAtMs }) => occurredAtMs),
  ].filter((dateMs) => dateMs < Math.min(later.sentAtMs, atMs));
  return [later.aggregatedBeforeMs ?? -Infinity, ...dates].some(
    (dateMs) => !wasShown(dateMs, call, policy) && dateMs >= call.sentAtMs - policy.clockToleranceMs,
  );
}

/** Whether Meld showed that timestamp, or a later one, when the call was made. One that was dated ahead tells of itself alone. */
function wasShown(
  atMs: number,
  { sentAtMs, aggregatedBeforeMs }: SentCall,
  policy: Facts['policy'],
): boolean {
  if (aggregatedBeforeMs === null || isFromTheFuture(aggregatedBeforeMs, sentAtMs, policy)) {
    return atMs === aggregatedBeforeMs;
  }
  return atMs <= aggregatedBeforeMs;
}

/** Whether data of that instant may be a call's. */
export function isAwaited(
  { leftByMs }: SentCall,
  atMs: number,
  { completionWaitMs }: Facts['policy'],
): boolean {
  return atMs < leftByMs + completionWaitMs;
}

/**
 * Until when the transactions event of the latest aggregation may still come. One that ended long before this run has
 * nothing left to announce; where its accounts event was delivered, the other is worth a longer wait.
 */
function transactionsExpectedUntilMs({ connection: { aggregation }, events, policy }: Facts): number {
  if (aggregation === null) return -Infinity;
  const { atMs, seenAtMs, sinceStart } = aggregation;
  const delivered = events.seen.accounts_updated.some(
    ({ occurredAtMs }) => Math.abs(occurredAtMs - atMs) <= policy.settleWithWebhooksMs,
  );
  const fromMs = sinceStart ? Math.min(atMs, seenAtMs) : seenAtMs;
  return fromMs + (delivered ? policy.settleWithWebhooksMs : policy.settleMs);
}
