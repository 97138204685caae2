import { allProductsOf, isFresh, mayBeCharged } from './freshness';
import type { Needs } from './freshness';
import { degradationOf, refreshabilityOf } from './model/connection-status';
import type { MadeCall, Waiting, RefreshState } from './state';

type BoundedWaiting = Waiting & { readonly untilMs: number };

/** Starts a waiting. Polls start anew with it, and the last one falls on its end. */
export function startWaiting(state: RefreshState, waiting: BoundedWaiting, nowMs: number): RefreshState {
  return {
    ...state,
    waiting,
    polls: 0,
    pollAtMs: Math.min(nowMs + state.policy.poll.initialMs, waiting.untilMs),
  };
}

/** The retries are used up: wait for what Meld says of the connection, or give up if that was done before. */
export function waitForStatusChange(state: RefreshState, nowMs: number): RefreshState {
  const { failures, policy, connection } = state;
  if (failures > policy.serverErrorRetries + 1) return { ...state, waiting: { for: 'giving_up' } };
  const untilMs = nowMs + policy.statusChangeWaitMs;
  return startWaiting(
    state,
    { for: 'status', sinceMs: nowMs, untilMs, statusBefore: connection?.status },
    nowMs,
  );
}

/**
 * Ends a waiting that time, a read or an event has settled, so that the next call may be decided on.
 * Pursuits that must end in an escalation stay: `decide` tells why.
 */
export function endFinishedWait(state: RefreshState, nowMs: number): RefreshState {
  const { waiting } = state;
  switch (waiting.for) {
    case 'nothing':
    case 'repair':
    case 'giving_up':
      return state;
    case 'retry':
      return nowMs < waiting.untilMs ? state : notWaiting(state);
    case 'data':
      if (lastCallDelivered(state, nowMs)) return notWaiting(state);
      if (!hasElapsed(state, waiting.untilMs)) return state;
      if (waiting.because === 'conflict') return state.conflicts > 1 ? state : notWaiting(state);
      if (waiting.because === 'accepted') return state;
      if (waiting.because === 'repaired') return notWaiting(state);
      return state.failures > state.policy.serverErrorRetries
        ? waitForStatusChange(state, waiting.untilMs)
        : notWaiting(state);
    case 'status':
      return state.unreadEvents === 'none' && statusChanged(waiting, state) && !isDegraded(state)
        ? notWaiting(state)
        : state;
  }
}

/** A connection that needs repair is waited for, if so wished; one that was repaired Meld aggregates by itself. */
export function followRepair(state: RefreshState, nowMs: number): RefreshState {
  const { connection, waiting, terms, policy } = state;
  if (terms.onRepair !== 'wait' || connection === null) return state;
  const broken = refreshabilityOf(connection.status) === 'repair_required';
  if (broken && waiting.for !== 'repair') {
    return startWaiting(state, { for: 'repair', untilMs: terms.deadlineMs }, nowMs);
  }
  if (broken || waiting.for !== 'repair') return state;
  return startWaiting(
    state,
    { for: 'data', because: 'repaired', untilMs: nowMs + policy.repairedWaitMs },
    nowMs,
  );
}

/** Whether a wait has ended and the connection was looked at once more after it. */
export function hasElapsed({ readBeganMs }: RefreshState, untilMs: number): boolean {
  return (readBeganMs ?? -Infinity) >= untilMs;
}

/** Whether the connection changed its status since it is watched, by a webhook or by what was read. */
export function statusChanged(
  { sinceMs, statusBefore }: Extract<Waiting, { for: 'status' }>,
  { connection, lastStatusChangeMs }: RefreshState,
): boolean {
  return (lastStatusChangeMs ?? -Infinity) >= sinceMs || connection?.status !== statusBefore;
}

function isDegraded({ connection }: RefreshState): boolean {
  return degradationOf(connection?.status ?? '') !== null;
}

/** Whether all that the last call was made for has come: what is still missing takes another call. */
function lastCallDelivered(state: RefreshState, nowMs: number): boolean {
  const call = state.calls.findLast(mayBeCharged);
  if (call === undefined || call !== state.calls.at(-1)) return false;
  return isFresh(purposeOf(call, state), state, nowMs);
}

function purposeOf(call: MadeCall, { terms, connection }: RefreshState): Needs {
  return {
    products: call.products ?? allProductsOf(connection),
    freshSinceMs: Math.min(terms.freshSinceMs, call.sentAtMs),
  };
}

function notWaiting(state: RefreshState): RefreshState {
  return { ...state, waiting: { for: 'nothing' } };
}
