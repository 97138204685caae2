import { chargeLimit, isAtChargeLimit } from './charge-limit';
import { allProductsOf, callsThatMayHaveRun, covers, findEvidence, lackedByAll, needsOf } from './freshness';
import { refreshabilityOf } from './model/connection-status';
import { toReadable } from './model/instant';
import { PRODUCTS, type Product } from './model/product';
import { callAllowedAtMs, rateLimited, respectWindow } from './rate-limit';
import { buildResult } from './report/result';
import type { RefreshState } from './state';
import { callCount, escalate, finish, read, requestSuffix, wait, type Decision, type Step } from './step';
import { updateWaiting, whileWaiting } from './waiting';

/**
 * The rules of the refresh, in order: what to do in this state at this moment. Pure; never throws.
 * @returns the step, and the state that it was decided on: a wait that is over has ended in it.
 */
export function decide(
  before: RefreshState,
  nowMs: number,
): { readonly state: RefreshState; readonly step: Step } {
  const state = updateWaiting(before, nowMs);
  const decision =
    deleted(state) ??
    lacksProducts(state) ??
    finishIfFresh(state, nowMs) ??
    refusedByMeld(state) ??
    pastDeadline(state, nowMs) ??
    readIfStale(state, nowMs) ??
    refuseUnrefreshable(state) ??
    whileWaiting(state, nowMs) ??
    decideCall(state, nowMs);
  const step: Step =
    decision.step === 'finish'
      ? { step: 'finish', result: buildResult(state, decision.verdict, nowMs) }
      : decision;
  return { state, step };
}

/** 3: calls in a row that were not sent; joins that come all the time do not keep the next one from leaving. */
const MOST_WITHDRAWALS = 3;

/**
 * Whether the call under way, should it still wait for its turn, is the one to make: a call decided on now would ask for
 * nothing else. Evidence makes a difference once it is complete; how old the read is its sender sees to.
 */
export function isCallStillDue(state: RefreshState, nowMs: number): boolean {
  const { calls, connection, events } = state;
  const { pending } = calls;
  if (pending === null || calls.notSent >= MOST_WITHDRAWALS) return true;
  const { step } = decide(
    {
      ...state,
      calls: { ...calls, pending: null },
      connection: { ...connection, currentSinceMs: nowMs },
      events: { ...events, unread: events.unread === 'evidence' ? 'none' : events.unread },
    },
    nowMs,
  );
  if (step.step !== 'call') return false;
  const products = step.products ?? allProductsOf(connection.latest);
  return products.every((product) => covers(pending, product));
}

/** No evidence can make data of a deleted connection readable. */
function deleted({ connection: { latest }, events }: RefreshState): Decision | null {
  return latest?.status === 'DELETED' && events.unread !== 'other' ? notRefreshable(latest) : null;
}

/** Complete evidence beats every other status, and every bad answer to a read. */
function finishIfFresh(state: RefreshState, nowMs: number): Decision | null {
  const { terms, events, calls } = state;
  const { failure } = state.connection;
  const needs = needsOf(state);
  const report = findEvidence(needs, state, nowMs);
  if (report.missing.length > 0 || needs.products.length === 0 || lackedByAll(state).length > 0) return null;
  // What came since the last read belongs into the report; the evidence stands without it, where Meld limits reads.
  const isLimited = failure?.read === 'rate_limited' && nowMs < failure.retryAtMs;
  if (events.unread !== 'none' && !isLimited) return read('closing', 'to complete the report');
  if (report.settlesAtMs > nowMs && nowMs < terms.deadlineMs) {
    const untilMs = Math.min(report.settlesAtMs, terms.deadlineMs);
    return wait(
      'waiting_for_data',
      untilMs,
      'the aggregation is done, its transactions event may still come',
    );
  }
  return finish({ outcome: calls.made.length > 0 || calls.pending !== null ? 'refreshed' : 'already_fresh' });
}

/** A refused call ends the run; a refused read does so too, but after a call that may have run not at once. */
function refusedByMeld(state: RefreshState): Decision | null {
  const { refused } = state.calls;
  if (refused !== null) {
    if (refused.answer === 'not_found') return finish({ outcome: 'not_found' });
    return refusal('the refresh call', refused);
  }
  const { failure } = state.connection;
  if (failure === null || failure.read === 'unavailable' || failure.read === 'rate_limited') return null;
  if (isDoubtful(state)) return null;
  if (failure.read === 'not_found') return finish({ outcome: 'not_found' });
  return refusal('the read of the connection', failure);
}

function refusal(
  what: string,
  answer: { readonly httpStatus: number | null; readonly requestId: string | null },
): Decision {
  const denied = answer.httpStatus === 401 || answer.httpStatus === 403;
  const advice = denied
    ? 'check the API key and its environment'
    : 'compare the request with what Meld accepts';
  return escalate(
    denied ? 'access_denied' : 'request_rejected',
    `Meld refused ${what} with ${answer.httpStatus ?? 'no status'}${requestSuffix(answer)}: ${advice}.`,
  );
}

/** Whether a refused read is not believed yet: it is free and repeatable, and there may be a call to account for. */
function isDoubtful({ connection: { failure, readBeganMs }, calls, policy }: RefreshState): boolean {
  const awaited = { ...calls, remembered: calls.remembered.filter((call) => !call.isDelivered) };
  if (failure === null || callsThatMayHaveRun(awaited).length === 0) return false;
  return (readBeganMs ?? 0) - failure.sinceMs < policy.doubtfulReadWaitMs;
}

/** Every caller named a product that the connection was not made with: evidence of the others satisfies none of them. */
function lacksProducts(state: RefreshState): Decision | null {
  const lacking = lackedByAll(state);
  if (lacking.length === 0 || state.events.unread === 'other') return null;
  return finish({ outcome: 'not_refreshable', reason: productsNotAvailable(lacking) });
}

export function productsNotAvailable(missing: readonly string[]): string {
  return `PRODUCT_NOT_AVAILABLE: ${missing.join(', ')}`;
}

function pastDeadline(state: RefreshState, nowMs: number): Decision | null {
  const { terms, waiting, calls, connection } = state;
  if (nowMs < terms.deadlineMs) return null;
  if (connection.readBeganMs === null) return read('deciding', BEGINS);
  if (callsThatMayHaveRun(calls).length > 0 && connection.readBeganMs < terms.deadlineMs) {
    return read('closing', 'the deadline has come');
  }
  const refused = unrefreshable(state);
  if (refused !== null) return refused;
  const endMs = callAllowedAtMs(state);
  if (waiting.for === 'nothing' && endMs !== null && endMs > nowMs) return rateLimited(endMs);
  const message = `No data since ${toReadable(terms.freshSinceMs)} by the deadline, after ${callCount(calls.made.length)}.`;
  return escalate('deadline', message);
}

const BEGINS = 'the refresh begins';

/** No decision on a connection that was never read, of which there is unexplained news, or whose read is in doubt. */
function readIfStale(state: RefreshState, nowMs: number): Decision | null {
  const { connection, events, terms, waiting } = state;
  const { failure } = connection;
  const why = connection.latest === null ? BEGINS : 'a webhook brought news';
  if (failure === null) {
    return connection.latest === null || events.unread === 'other' ? read('deciding', why) : null;
  }
  const retried = failure.read === 'rate_limited' || (failure.read !== 'unavailable' && isDoubtful(state));
  // Meld being away is no reason to end a run that waits anyway; where a call is due, or nothing is known, it is.
  const waitsAnyway =
    connection.latest !== null && (waiting.for !== 'nothing' || (callAllowedAtMs(state) ?? 0) > nowMs);
  if (!retried && !(events.unread === 'other' && waitsAnyway)) return null;
  if (nowMs >= failure.retryAtMs) return read('deciding', 'the last read failed');
  const untilMs = Math.min(failure.retryAtMs, terms.deadlineMs);
  const what = failure.read === 'rate_limited' ? 'Meld limits reads' : 'the last read failed';
  return wait('reading', untilMs, `${what}, again at ${toReadable(untilMs)}`);
}

/** A connection that cannot be called for ends the run; one that the customer repairs is waited for elsewhere. */
function refuseUnrefreshable(state: RefreshState): Decision | null {
  if (state.connection.latest === null) return meldUnavailable(state);
  return state.waiting.for === 'repair' ? null : unrefreshable(state);
}

/** A status in which no call may be made. */
function unrefreshable(state: RefreshState): Decision | null {
  const { latest } = state.connection;
  return latest !== null && refreshabilityOf(latest.status) === 'not_refreshable'
    ? notRefreshable(latest)
    : repairRequired(state);
}

function notRefreshable(connection: {
  readonly status: string;
  readonly statusReason: string | null;
}): Decision {
  return finish({ outcome: 'not_refreshable', reason: connection.statusReason ?? connection.status });
}

function repairRequired({ connection: { latest }, connectionId }: RefreshState): Decision | null {
  if (latest === null || refreshabilityOf(latest.status) !== 'repair_required') return null;
  const message =
    `Only the customer can repair the connection: get them a link with POST /v1/connections/${connectionId}/repair ` +
    `or "meld-refresh repair ${connectionId}".`;
  return finish({ outcome: 'repair_required', reason: latest.statusReason ?? latest.status, message });
}

/** A call is due: is it allowed, affordable, and based on a read since the last wait? */
function decideCall(state: RefreshState, nowMs: number): Decision {
  const { terms, connection, events, calls, policy } = state;
  const inWindow = respectWindow(state, nowMs);
  if (inWindow !== null) return inWindow;
  if (terms.freshSinceMs > nowMs) {
    const untilMs = Math.min(terms.freshSinceMs, terms.deadlineMs);
    return wait('waiting_to_call', untilMs, '`freshSince` is in the future');
  }
  if (isAtChargeLimit(state)) return chargeLimit(state, nowMs);
  const { retryAtMs } = calls;
  if (retryAtMs !== null && retryAtMs > nowMs) {
    const untilMs = Math.min(retryAtMs, terms.deadlineMs);
    return wait('waiting_to_call', untilMs, `Meld asked for none before ${toReadable(retryAtMs)}`);
  }
  const { currentSinceMs } = connection;
  const isCurrent = currentSinceMs !== null && nowMs - currentSinceMs <= policy.readMaxAgeMs;
  if (!isCurrent || events.unread !== 'none') {
    return meldUnavailable(state, nowMs) ?? read('deciding', 'a charged call is due');
  }
  const products = productsToAsk(state, nowMs);
  const lacking = products === null ? '' : ` of ${products.join(', ')}`;
  return { step: 'call', products, why: `no data since ${toReadable(terms.freshSinceMs)}${lacking}` };
}

/** Only what is missing; `null`, Meld's "all", when that is all there is or has products unknown to us. */
function productsToAsk(state: RefreshState, nowMs: number): readonly Product[] | null {
  const { missing } = findEvidence(needsOf(state), state, nowMs);
  const known = missing.flatMap((name) => PRODUCTS.find((product) => product === name) ?? []);
  if (known.length < missing.length) return null;
  const all = allProductsOf(state.connection.latest);
  const isAll = missing.length === all.length && missing.every((product) => all.includes(product));
  return state.terms.allProducts && isAll ? null : known;
}

/** The read that a decision needs has just failed for good: nothing may be paid for blindly. */
function meldUnavailable({ connection: { failure } }: RefreshState, nowMs = -Infinity): Decision | null {
  if (failure?.read !== 'unavailable' || failure.retryAtMs <= nowMs) return null;
  return escalate('meld_unavailable', `The connection could not be read: ${failure.message}`);
}
