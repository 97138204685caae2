import { allProductsOf, isFresh, mayHaveRun } from './freshness';
import type { Needs } from './freshness';
import { ailmentOf, standingOf } from './model/connection-status';
import type { MadeCall, Pursuit, RefreshState } from './state';

type BoundedPursuit = Pursuit & { readonly untilMs: number };

/** Starts a pursuit. Polls start anew with it, and the last one falls on its end. */
export function pursue(state: RefreshState, pursuit: BoundedPursuit, nowMs: number): RefreshState {
  return {
    ...state,
    pursuit,
    polls: 0,
    pollAtMs: Math.min(nowMs + state.policy.poll.initialMs, pursuit.untilMs),
  };
}

/** The retries are used up: wait for what Meld says of the connection, or give up if that was done before. */
export function pursueStatus(state: RefreshState, nowMs: number): RefreshState {
  const { failures, policy, connection } = state;
  if (failures > policy.serverErrorRetries + 1) return { ...state, pursuit: { after: 'giving_up' } };
  const untilMs = nowMs + policy.statusChangeWaitMs;
  return pursue(state, { after: 'status', sinceMs: nowMs, untilMs, statusBefore: connection?.status }, nowMs);
}

/**
 * Ends a pursuit that time, a read or an event has settled, so that the next call may be decided on.
 * Pursuits that must end in an escalation stay: `nextStep` tells why.
 */
export function advance(state: RefreshState, nowMs: number): RefreshState {
  const { pursuit } = state;
  switch (pursuit.after) {
    case 'nothing':
    case 'repair':
    case 'giving_up':
      return state;
    case 'retry':
      return nowMs < pursuit.untilMs ? state : idle(state);
    case 'data':
      if (lastCallDelivered(state, nowMs)) return idle(state);
      if (!isOver(state, pursuit.untilMs)) return state;
      if (pursuit.because === 'conflict') return state.conflicts > 1 ? state : idle(state);
      if (pursuit.because === 'accepted') return state;
      if (pursuit.because === 'repaired') return idle(state);
      return state.failures > state.policy.serverErrorRetries
        ? pursueStatus(state, pursuit.untilMs)
        : idle(state);
    case 'status':
      return state.news === 'none' && statusChanged(pursuit, state) && !isAiling(state) ? idle(state) : state;
  }
}

/** A connection that needs repair is waited for, if so wished; one that was repaired Meld aggregates by itself. */
export function followRepair(state: RefreshState, nowMs: number): RefreshState {
  const { connection, pursuit, terms, policy } = state;
  if (terms.onRepair !== 'wait' || connection === null) return state;
  const broken = standingOf(connection.status) === 'repair_required';
  if (broken && pursuit.after !== 'repair') {
    return pursue(state, { after: 'repair', untilMs: terms.deadlineMs }, nowMs);
  }
  if (broken || pursuit.after !== 'repair') return state;
  return pursue(state, { after: 'data', because: 'repaired', untilMs: nowMs + policy.repairedWaitMs }, nowMs);
}

/** Whether a wait has ended and the connection was looked at once more after it. */
export function isOver({ readBeganMs }: RefreshState, untilMs: number): boolean {
  return (readBeganMs ?? -Infinity) >= untilMs;
}

/** Whether the connection changed its status since it is watched, by a webhook or by what was read. */
export function statusChanged(
  { sinceMs, statusBefore }: Extract<Pursuit, { after: 'status' }>,
  { connection, lastStatusChangeMs }: RefreshState,
): boolean {
  return (lastStatusChangeMs ?? -Infinity) >= sinceMs || connection?.status !== statusBefore;
}

function isAiling({ connection }: RefreshState): boolean {
  return ailmentOf(connection?.status ?? '') !== null;
}

/** Whether all that the last call was made for has come: what is still missing takes another call. */
function lastCallDelivered(state: RefreshState, nowMs: number): boolean {
  const call = state.calls.findLast(mayHaveRun);
  if (call === undefined || call !== state.calls.at(-1)) return false;
  return isFresh(purposeOf(call, state), state, nowMs);
}

function purposeOf(call: MadeCall, { terms, connection }: RefreshState): Needs {
  return {
    products: call.products ?? allProductsOf(connection),
    freshSinceMs: Math.min(terms.freshSinceMs, call.sentAtMs),
  };
}

function idle(state: RefreshState): RefreshState {
  return { ...state, pursuit: { after: 'nothing' } };
}
