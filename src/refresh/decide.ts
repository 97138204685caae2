import { conclude } from './result';
import { decideCall, noFacts } from './decide-call';
import { mayHaveRun, needsOf, prove } from './freshness';
import { toReadable } from './model/instant';
import { advance } from './waiting';
import { pursueOn } from './pursue-on';
import { productsNotHad } from './record-join';
import type { RefreshState } from './state';
import { standingOf } from './model/connection-status';
import { counted, escalate, finish, named, rateLimited, read, wait } from './step';
import type { Step } from './step';
import { windowEndMs } from './rate-limit';

/** The rules of the refresh: what to do in this state at this moment. Pure; never throws. */
export function nextStep(unadvanced: RefreshState, nowMs: number): Step {
  const state = advance(unadvanced, nowMs);
  return (
    beyondReach(state, nowMs) ??
    doneWell(state, nowMs) ??
    refusedByMeld(state, nowMs) ??
    pastDeadline(state, nowMs) ??
    lookFirst(state) ??
    refusedByStatus(state, nowMs) ??
    pursueOn(state, nowMs) ??
    decideCall(state, nowMs)
  );
}

/** Gone, or asked for what it never had: no evidence can make data of it readable. */
function beyondReach(state: RefreshState, nowMs: number): Step | null {
  const { connection, trouble, terms } = state;
  if (trouble?.kind === 'not_found') return finish(conclude(state, nowMs, { outcome: 'not_found' }));
  if (connection === null || state.news === 'unexplained') return null;
  if (standingOf(connection.status) === 'not_refreshable') {
    const reason = connection.statusReason ?? connection.status;
    return finish(conclude(state, nowMs, { outcome: 'not_refreshable', reason }));
  }
  const notHad = productsNotHad(terms.products, connection);
  if (notHad.length === 0) return null;
  const reason = `PRODUCT_NOT_AVAILABLE: ${notHad.join(', ')}`;
  return finish(conclude(state, nowMs, { outcome: 'not_refreshable', reason }));
}

function doneWell(state: RefreshState, nowMs: number): Step | null {
  const { terms } = state;
  const proof = prove(needsOf(state), state);
  if (proof.missing.length > 0) return null;
  // What came since the last look belongs into the report; the evidence stands without it.
  if (state.news !== 'none') return read('closing', 'the data is there: one look for the report');
  if (proof.settlesAtMs > nowMs && nowMs < terms.deadlineMs) {
    const untilMs = Math.min(proof.settlesAtMs, terms.deadlineMs);
    return wait('waiting_for_data', untilMs, 'the data is there; its transactions event may still come');
  }
  const outcome = state.calls.length > 0 ? 'refreshed' : 'already_fresh';
  return finish(conclude(state, nowMs, { outcome }));
}

function refusedByMeld(state: RefreshState, nowMs: number): Step | null {
  const { trouble } = state;
  if (trouble?.kind !== 'access_denied' && trouble?.kind !== 'request_rejected') return null;
  const what = trouble.asked === 'read' ? 'the read of the connection' : 'the refresh call';
  const advice =
    trouble.kind === 'access_denied'
      ? 'check the API key and its environment'
      : 'compare the request with what Meld accepts';
  return escalate(
    state,
    nowMs,
    trouble.kind,
    `Meld refused ${what} with ${trouble.httpStatus}${named(trouble)}: ${advice}.`,
  );
}

function pastDeadline(state: RefreshState, nowMs: number): Step | null {
  const { terms, pursuit, calls } = state;
  if (nowMs < terms.deadlineMs) return null;
  if (calls.some(mayHaveRun) && (state.readBeganMs ?? -Infinity) < terms.deadlineMs) {
    return read('closing', 'the deadline has come: one last look');
  }
  const endMs = windowEndMs(state);
  if (pursuit.after === 'nothing' && endMs !== null && endMs > nowMs) return rateLimited(state, nowMs, endMs);
  const message = `No data since ${toReadable(terms.freshSinceMs)} by the deadline, after ${counted(calls.length)}.`;
  return repairRequired(state, nowMs) ?? escalate(state, nowMs, 'deadline', message);
}

/** No decision on a connection that was never read, or of which there is unexplained news. */
function lookFirst(state: RefreshState): Step | null {
  if (state.connection === null && state.trouble === null) return read('deciding', 'to know where it stands');
  return state.news === 'unexplained' ? read('deciding', 'a webhook brought news') : null;
}

function refusedByStatus(state: RefreshState, nowMs: number): Step | null {
  if (state.connection === null) return noFacts(state, nowMs);
  return state.terms.onRepair === 'wait' ? null : repairRequired(state, nowMs);
}

function repairRequired(state: RefreshState, nowMs: number): Step | null {
  const { connection } = state;
  if (connection === null || standingOf(connection.status) !== 'repair_required') return null;
  const reason = connection.statusReason ?? connection.status;
  const { connectionId } = state;
  const message =
    `Only the customer can mend the connection: get them a link with POST /v1/connections/${connectionId}/repair ` +
    `or "meld-refresh repair ${connectionId}".`;
  return finish(conclude(state, nowMs, { outcome: 'repair_required', reason, message }));
}
