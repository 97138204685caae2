import { allProductsOf, missingProducts } from '../freshness';
import { instantMs, toReadable } from '../model/instant';
import type { Evidence, RefreshResult } from '../model/outcome';
import { productsNotAvailable } from '../decide';

/** The request of one of the callers of a run. */
interface Asked {
  /** Left out: all products of the connection. */
  readonly products?: readonly string[] | undefined;
  /** RFC 3339: `freshSince`, or the moment of the request less `maxAge`. */
  readonly freshSince: string;
}

/**
 * What a run's result means for one of its callers: their data proven means `refreshed` (`already_fresh` with no call)
 * even where another caller's wish made the run escalate; a product that the connection lacks means `not_refreshable`
 * to the one who named it, and to nobody else. Pure; never throws.
 */
export function answerFor(result: RefreshResult, { products, freshSince }: Asked): RefreshResult {
  const { connection } = result;
  const lacking = connection === null ? [] : missingProducts(products ?? [], connection);
  const report = { ...withoutVerdict(result), freshSince };
  if (lacking.length > 0) {
    return { ...report, outcome: 'not_refreshable', reason: productsNotAvailable(lacking) };
  }
  if (result.outcome === 'not_found' || connection?.status === 'DELETED') return { ...result, freshSince };
  const needed = products ?? allProductsOf(connection);
  const sinceMs = instantMs(freshSince) ?? Infinity;
  const found = new Map<string, Evidence>(
    [...Object.entries(result.earlierEvidence), ...Object.entries(result.evidence)].filter(
      ([product, evidence]) =>
        needed.includes(product) && (instantMs(evidence.satisfies) ?? -Infinity) >= sinceMs,
    ),
  );
  const evidence = Object.fromEntries(found);
  const isGood = result.outcome === 'refreshed' || result.outcome === 'already_fresh';
  if (needed.every((product) => found.has(product))) {
    const outcome = result.calls.length > 0 ? 'refreshed' : 'already_fresh';
    return isGood ? { ...result, freshSince } : { ...report, evidence, outcome };
  }
  if (!isGood) return { ...result, freshSince };
  const missing = needed.filter((product) => !found.has(product)).join(', ');
  return {
    ...report,
    evidence,
    outcome: 'escalated',
    reason: 'no_fresh_data',
    message: `The refresh ended without data of ${missing} since ${toReadable(sinceMs)}. Ask again.`,
  };
}

function withoutVerdict(result: RefreshResult): Omit<RefreshResult, 'outcome'> {
  const { connectionId, requestedAt, freshSince, finishedAt, connection, aggregatedAt } = result;
  const { evidence, earlierEvidence, calls } = result;
  return {
    connectionId,
    requestedAt,
    freshSince,
    finishedAt,
    connection,
    aggregatedAt,
    evidence,
    earlierEvidence,
    calls,
  };
}
