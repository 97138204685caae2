import { buildResult } from './result';
import { decideCall, meldUnavailable } from './decide-call';
import { mayBeCharged, needsOf, findEvidence } from './freshness';
import { toReadable } from './model/instant';
import { endFinishedWait } from './waiting';
import { whileWaiting } from './pursue-on';
import { missingProducts } from './record-join';
import type { RefreshState } from './state';
import { refreshabilityOf } from './model/connection-status';
import { callCount, escalate, finish, requestSuffix, rateLimited, read, wait } from './step';
import type { Step } from './step';
import { callAllowedAtMs } from './rate-limit';

/** The rules of the refresh: what to do in this state at this moment. Pure; never throws. */
export function decide(unadvanced: RefreshState, nowMs: number): Step {
  const state = endFinishedWait(unadvanced, nowMs);
  return (
    goneOrUnavailable(state, nowMs) ??
    finishIfFresh(state, nowMs) ??
    refusedByMeld(state, nowMs) ??
    pastDeadline(state, nowMs) ??
    readIfStale(state) ??
    refuseUnrefreshable(state, nowMs) ??
    whileWaiting(state, nowMs) ??
    decideCall(state, nowMs)
  );
}

/** Gone, or asked for what it never had: no evidence can make data of it readable. */
function goneOrUnavailable(state: RefreshState, nowMs: number): Step | null {
  const { connection, failure, terms } = state;
  if (failure?.kind === 'not_found') return finish(buildResult(state, nowMs, { outcome: 'not_found' }));
  if (connection === null || state.unreadEvents === 'unexplained') return null;
  if (refreshabilityOf(connection.status) === 'not_refreshable') {
    const reason = connection.statusReason ?? connection.status;
    return finish(buildResult(state, nowMs, { outcome: 'not_refreshable', reason }));
  }
  const notHad = missingProducts(terms.products, connection);
  if (notHad.length === 0) return null;
  const reason = `PRODUCT_NOT_AVAILABLE: ${notHad.join(', ')}`;
  return finish(buildResult(state, nowMs, { outcome: 'not_refreshable', reason }));
}

function finishIfFresh(state: RefreshState, nowMs: number): Step | null {
  const { terms } = state;
  const proof = findEvidence(needsOf(state), state);
  if (proof.missing.length > 0) return null;
  // What came since the last look belongs into the report; the evidence stands without it.
  if (state.unreadEvents !== 'none') return read('closing', 'the data is there: one look for the report');
  if (proof.settlesAtMs > nowMs && nowMs < terms.deadlineMs) {
    const untilMs = Math.min(proof.settlesAtMs, terms.deadlineMs);
    return wait('waiting_for_data', untilMs, 'the data is there; its transactions event may still come');
  }
  const outcome = state.calls.length > 0 ? 'refreshed' : 'already_fresh';
  return finish(buildResult(state, nowMs, { outcome }));
}

function refusedByMeld(state: RefreshState, nowMs: number): Step | null {
  const { failure } = state;
  if (failure?.kind !== 'access_denied' && failure?.kind !== 'request_rejected') return null;
  const what = failure.asked === 'read' ? 'the read of the connection' : 'the refresh call';
  const advice =
    failure.kind === 'access_denied'
      ? 'check the API key and its environment'
      : 'compare the request with what Meld accepts';
  return escalate(
    state,
    nowMs,
    failure.kind,
    `Meld refused ${what} with ${failure.httpStatus}${requestSuffix(failure)}: ${advice}.`,
  );
}

function pastDeadline(state: RefreshState, nowMs: number): Step | null {
  const { terms, waiting, calls } = state;
  if (nowMs < terms.deadlineMs) return null;
  if (calls.some(mayBeCharged) && (state.readBeganMs ?? -Infinity) < terms.deadlineMs) {
    return read('closing', 'the deadline has come: one last look');
  }
  const endMs = callAllowedAtMs(state);
  if (waiting.for === 'nothing' && endMs !== null && endMs > nowMs) return rateLimited(state, nowMs, endMs);
  const message = `No data since ${toReadable(terms.freshSinceMs)} by the deadline, after ${callCount(calls.length)}.`;
  return repairRequired(state, nowMs) ?? escalate(state, nowMs, 'deadline', message);
}

/** No decision on a connection that was never read, or of which there is unexplained news. */
function readIfStale(state: RefreshState): Step | null {
  if (state.connection === null && state.failure === null) return read('deciding', 'to know where it stands');
  return state.unreadEvents === 'unexplained' ? read('deciding', 'a webhook brought news') : null;
}

function refuseUnrefreshable(state: RefreshState, nowMs: number): Step | null {
  if (state.connection === null) return meldUnavailable(state, nowMs);
  return state.terms.onRepair === 'wait' ? null : repairRequired(state, nowMs);
}

function repairRequired(state: RefreshState, nowMs: number): Step | null {
  const { connection } = state;
  if (connection === null || refreshabilityOf(connection.status) !== 'repair_required') return null;
  const reason = connection.statusReason ?? connection.status;
  const { connectionId } = state;
  const message =
    `Only the customer can mend the connection: get them a link with POST /v1/connections/${connectionId}/repair ` +
    `or "meld-refresh repair ${connectionId}".`;
  return finish(buildResult(state, nowMs, { outcome: 'repair_required', reason, message }));
}
