import { conclude } from './conclude';
import { allProductsOf, mayHaveRun, needsOf, prove } from './freshness';
import { toInstant } from './instant';
import type { RefreshResult } from './outcome';
import { PRODUCTS } from './product';
import type { Product } from './product';
import type { Phase } from './progress';
import { advance, isOver, statusChangedSince } from './pursue';
import { productsNotHad } from './record-join';
import type { RefreshState, Trouble } from './state';
import { ailmentOf, standingOf } from './statuses';
import { windowEndMs } from './windows';

/** What to do now. `why` is a sentence for people. */
export type Step =
  /** Look at the connection; a `closing` look only completes the report and is given one short try. */
  | { readonly step: 'read'; readonly kind: 'deciding' | 'closing'; readonly why: string }
  /** Send the charged POST, once. */
  | { readonly step: 'call'; readonly products: readonly Product[] | null; readonly why: string }
  /** Wait until an instant, or until news makes another step the next one. */
  | { readonly step: 'wait'; readonly phase: Phase; readonly untilMs: number; readonly why: string }
  | { readonly step: 'finish'; readonly result: RefreshResult };

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
  return escalate(
    state,
    nowMs,
    'deadline',
    `No data since ${toInstant(terms.freshSinceMs)} by the deadline, after ${counted(calls.length)}.`,
  );
}

/** No decision on a connection that was never read, or of which there is unexplained news. */
function lookFirst(state: RefreshState): Step | null {
  if (state.connection === null && state.trouble === null) return read('deciding', 'to know where it stands');
  return state.news === 'unexplained' ? read('deciding', 'a webhook brought news') : null;
}

function refusedByStatus(state: RefreshState, nowMs: number): Step | null {
  const { connection } = state;
  if (connection === null) return noFacts(state, nowMs);
  if (standingOf(connection.status) !== 'repair_required') return null;
  const reason = connection.statusReason ?? connection.status;
  return finish(conclude(state, nowMs, { outcome: 'repair_required', reason }));
}

function pursueOn(state: RefreshState, nowMs: number): Step | null {
  const { pursuit, terms } = state;
  switch (pursuit.after) {
    case 'nothing':
      return null;
    case 'retry':
      return wait(
        'waiting_to_call',
        Math.min(pursuit.untilMs, terms.deadlineMs),
        `Meld answered ${lastStatus(state)}: backing off before try ${state.failures + 1}`,
      );
    case 'data':
      return awaitData(state, pursuit, nowMs);
    case 'status':
      return awaitStatus(state, pursuit, nowMs);
    case 'giving_up':
      return escalate(
        state,
        nowMs,
        'provider_unavailable',
        `Meld failed ${counted(state.failures)}, the last with ${lastStatus(state)}${named(state.calls.at(-1))}.`,
      );
  }
}

function awaitData(
  state: RefreshState,
  pursuit: Extract<RefreshState['pursuit'], { after: 'data' }>,
  nowMs: number,
): Step {
  if (isOver(state, pursuit.untilMs, nowMs)) {
    const told = pursuit.because === 'accepted' ? 'accepted the refresh' : 'refused it as a conflict twice';
    const status = state.connection?.status ?? 'unknown';
    return escalate(
      state,
      nowMs,
      'no_fresh_data',
      `Meld ${told}${named(state.calls.at(-1))}, yet no fresh data came; the connection is ${status}.`,
    );
  }
  if (nowMs >= state.pollAtMs) return read('deciding', 'the webhooks may be lost');
  const why = {
    accepted: 'Meld accepted the refresh: waiting for its data',
    conflict: 'Meld answered 409: an aggregation is probably running',
    unknown: 'the answer was lost: looking for traces of the call before paying again',
  }[pursuit.because];
  return wait('waiting_for_data', Math.min(state.pollAtMs, pursuit.untilMs, state.terms.deadlineMs), why);
}

function awaitStatus(
  state: RefreshState,
  pursuit: Extract<RefreshState['pursuit'], { after: 'status' }>,
  nowMs: number,
): Step {
  const ailment = ailmentOf(state.connection?.status ?? '');
  const over = isOver(state, pursuit.untilMs, nowMs);
  if (ailment !== null && (over || statusChangedSince(state))) {
    const { status, statusReason } = state.connection ?? {};
    const reason = statusReason ? ` (${statusReason})` : '';
    return escalate(
      state,
      nowMs,
      ailment,
      `Meld failed ${counted(state.failures)}${named(state.calls.at(-1))} and reports the connection as ${status}${reason}.`,
    );
  }
  if (over) {
    return escalate(
      state,
      nowMs,
      'provider_unavailable',
      `Meld failed ${counted(state.failures)}${named(state.calls.at(-1))} and reported no change of status since.`,
    );
  }
  if (nowMs >= state.pollAtMs) return read('deciding', 'the status webhook may be lost');
  return wait(
    'waiting_for_status',
    Math.min(state.pollAtMs, pursuit.untilMs, state.terms.deadlineMs),
    `${counted(state.failures)} failed: waiting for Meld to report the connection's status`,
  );
}

/** A call is due: is it allowed, affordable, and based on a look since the last wait? */
function decideCall(state: RefreshState, nowMs: number): Step {
  const { terms } = state;
  const endMs = windowEndMs(state);
  if (endMs !== null && endMs > nowMs) {
    const patient = terms.onRateLimit === 'wait' && endMs < terms.deadlineMs;
    if (!patient || state.rateLimitHits > state.policy.maxRateLimitWaits) {
      return rateLimited(state, nowMs, endMs);
    }
    return wait('waiting_for_window', endMs, `the provider allows no call before ${toInstant(endMs)}`);
  }
  if (terms.freshSinceMs > nowMs) {
    const untilMs = Math.min(terms.freshSinceMs, terms.deadlineMs);
    return wait('waiting_to_call', untilMs, 'data is wanted from a moment that is yet to come');
  }
  const charged = state.calls.filter(mayHaveRun).length;
  if (charged >= terms.maxCharges) {
    return escalate(
      state,
      nowMs,
      'charge_limit',
      `Charges so far: ${charged} may have been made, of ${terms.maxCharges} allowed. The data that came does not suffice.`,
    );
  }
  if (!state.readSinceWait || state.news !== 'none') {
    return noFacts(state, nowMs) ?? read('deciding', 'no call without a look at the connection');
  }
  return {
    step: 'call',
    products: productsToAsk(state),
    why: `no data since ${toInstant(terms.freshSinceMs)}`,
  };
}

/** Only what is missing; `null`, Meld's "all", when that is all there is or has products unknown to us. */
function productsToAsk(state: RefreshState): readonly Product[] | null {
  const { missing } = prove(needsOf(state), state);
  const known = missing.filter(isProduct);
  if (known.length < missing.length) return null;
  const all = allProductsOf(state.connection);
  const isAll = missing.length === all.length && missing.every((product) => all.includes(product));
  return state.terms.allProducts && isAll ? null : known;
}

function isProduct(name: string): name is Product {
  return PRODUCTS.some((product) => product === name);
}

/** The read that a decision needs has just failed for good: nothing may be paid for blindly. */
function noFacts(state: RefreshState, nowMs: number): Step | null {
  if (state.trouble?.kind !== 'unavailable') return null;
  return escalate(
    state,
    nowMs,
    'meld_unavailable',
    `The connection could not be read: ${state.trouble.message}`,
  );
}

function rateLimited(state: RefreshState, nowMs: number, endMs: number): Step {
  const nextAllowedAt = toInstant(endMs);
  return finish(conclude(state, nowMs, { outcome: 'rate_limited', nextAllowedAt }));
}

function escalate(
  state: RefreshState,
  nowMs: number,
  reason: Extract<RefreshResult, { outcome: 'escalated' }>['reason'],
  message: string,
): Step {
  return finish(conclude(state, nowMs, { outcome: 'escalated', reason, message }));
}

function finish(result: RefreshResult): Step {
  return { step: 'finish', result };
}

function read(kind: 'deciding' | 'closing', why: string): Step {
  return { step: 'read', kind, why };
}

function wait(phase: Phase, untilMs: number, why: string): Step {
  return { step: 'wait', phase, untilMs, why };
}

function counted(calls: number): string {
  return `${calls} ${calls === 1 ? 'call' : 'calls'}`;
}

function lastStatus(state: RefreshState): string {
  const call = state.calls.at(-1);
  if (call?.answer === 'unknown') return 'no answer';
  return String(call?.httpStatus ?? 'no connection');
}

/** Meld's request id, which its support asks for. */
function named(exchange: Pick<Extract<Trouble, { kind: 'not_found' }>, 'requestId'> | undefined): string {
  return exchange?.requestId ? ` (Meld request ${exchange.requestId})` : '';
}
