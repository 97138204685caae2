import { needsOf, findEvidence } from './freshness';
import { toInstant } from './model/instant';
import type { Call, EscalationReason, RefreshResult } from './model/outcome';
import type { MadeCall, RefreshState } from './state';

/** What distinguishes one outcome from another. */
export type Verdict =
  | { readonly outcome: 'refreshed' | 'already_fresh' | 'not_found' }
  | { readonly outcome: 'repair_required'; readonly reason: string; readonly message: string }
  | { readonly outcome: 'not_refreshable'; readonly reason: string }
  | { readonly outcome: 'rate_limited'; readonly nextAllowedAt: string }
  | { readonly outcome: 'escalated'; readonly reason: EscalationReason; readonly message: string };

/** The result of a refresh that ends now with this verdict. */
export function buildResult(state: RefreshState, nowMs: number, verdict: Verdict): RefreshResult {
  const { connection } = state;
  return {
    ...verdict,
    connectionId: state.connectionId,
    requestedAt: toInstant(state.requestedAtMs),
    freshSince: toInstant(state.terms.freshSinceMs),
    finishedAt: toInstant(nowMs),
    connection: connection && {
      status: connection.status,
      statusReason: connection.statusReason,
      serviceProvider: connection.serviceProvider,
      institutionName: connection.institutionName,
    },
    aggregatedAt: {
      before: optionalInstant(state.aggregatedBeforeMs),
      after: optionalInstant(state.aggregation?.atMs ?? null),
    },
    evidence: findEvidence(needsOf(state), state).evidence,
    calls: state.calls.map(ledgerEntry),
  };
}

function ledgerEntry({ sentAtMs, products, answer, httpStatus, requestId }: MadeCall): Call {
  return { sentAt: toInstant(sentAtMs), products, answer, httpStatus, requestId };
}

function optionalInstant(atMs: number | null): string | null {
  return atMs === null ? null : toInstant(atMs);
}
