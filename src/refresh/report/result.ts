import { findEarlierEvidence, findEvidence, mayBeCharged, needsOf } from '../freshness';
import { toInstant } from '../model/instant';
import type { Call, RefreshReport, RefreshResult, Verdict } from '../model/outcome';
import type { MadeCall, RefreshState } from '../state';

/** The result of a refresh that ends now with this verdict. */
export function buildResult(state: RefreshState, verdict: Verdict, nowMs: number): RefreshResult {
  return { ...verdict, ...buildReport(state, nowMs) };
}

/** What is known of the refresh at this moment. */
export function buildReport(state: RefreshState, nowMs: number): RefreshReport {
  const { latest, aggregatedBeforeMs, aggregation } = state.connection;
  const needs = needsOf(state);
  return {
    connectionId: state.connectionId,
    requestedAt: toInstant(state.requestedAtMs),
    freshSince: toInstant(state.terms.freshSinceMs),
    finishedAt: toInstant(nowMs),
    connection: latest && {
      status: latest.status,
      statusReason: latest.statusReason,
      serviceProvider: latest.serviceProvider,
      institutionName: latest.institutionName,
      products: latest.products,
      optionalProducts: latest.optionalProducts,
    },
    aggregatedAt: {
      before: optionalInstant(aggregatedBeforeMs),
      after: optionalInstant(aggregation?.atMs ?? null),
    },
    evidence: Object.fromEntries(findEvidence(needs, state, nowMs).evidence),
    earlierEvidence: Object.fromEntries(findEarlierEvidence(needs, state, nowMs)),
    calls: ledgerOf(state),
  };
}

/** Every call in order; one under way is `unknown`, as its answer may be lost. */
export function ledgerOf({ calls: { made, pending } }: Pick<RefreshState, 'calls'>): readonly Call[] {
  const underWay: readonly MadeCall[] =
    pending === null ? [] : [{ ...pending, answer: 'unknown', httpStatus: null, requestId: null }];
  return [...made, ...underWay].map(ledgerEntry);
}

function ledgerEntry(call: MadeCall): Call {
  const { sentAtMs, products, answer, httpStatus, requestId } = call;
  const mayCost = mayBeCharged(call);
  return { sentAt: toInstant(sentAtMs), products, answer, httpStatus, requestId, mayBeCharged: mayCost };
}

function optionalInstant(atMs: number | null): string | null {
  return atMs === null ? null : toInstant(atMs);
}
