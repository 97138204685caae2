import { callsSent } from '../freshness';
import { CALL_LEAVES_WITHIN_MS } from '../model/call-bounds';
import type { SentAnswer } from '../model/connection';
import type { LastCall } from '../model/outcome';
import { awaitEvidence, departureOf } from '../lost-answer';
import { rememberAlso, rememberedCalls } from '../remembered-calls';
import { windowAfter429 } from '../rate-limit';
import { NOT_WAITING, type CallState, type MadeCall, type RefreshState } from '../state';
import { backoffMs, startWaiting, waitForStatusChange } from '../start-waiting';

/** The charged call is about to be sent: from now on it may have run. */
export function beginCall(
  state: RefreshState,
  products: readonly string[] | null,
  nowMs: number,
): RefreshState {
  const { aggregation, aheadAtMs } = state.connection;
  // Dated ahead of our clock it proves nothing, and is there all the same.
  const aggregatedBeforeMs =
    aggregation === null ? aheadAtMs : Math.max(aggregation.atMs, aheadAtMs ?? -Infinity);
  const number = callsSent(state.calls) + 1;
  const leftByMs = nowMs + CALL_LEAVES_WITHIN_MS;
  return withCalls(state, { pending: { number, sentAtMs: nowMs, leftByMs, products, aggregatedBeforeMs } });
}

/** A wait begins: what was read before it is old when it ends. */
export function beginWait(state: RefreshState): RefreshState {
  return { ...state, connection: { ...state.connection, currentSinceMs: null } };
}

/** What Temporal tells a run that was reset of the calls of others; the same state where it knows of them. */
export function recordEarlierCalls(
  state: RefreshState,
  lastCall: LastCall | null,
  nowMs: number,
): RefreshState {
  const remembered = rememberAlso(state.calls, rememberedCalls(lastCall, nowMs));
  return remembered === state.calls.remembered ? state : withCalls(state, { remembered });
}

/**
 * The call was provably not sent, and is in no ledger: no worker took it in time, what it was decided on was too old,
 * or the run had not heard of an earlier one's call.
 */
export function recordCallNotSent(
  state: RefreshState,
  nowMs: number,
  lastCall: LastCall | null = null,
): RefreshState {
  const told = recordEarlierCalls(state, lastCall, nowMs);
  const notSent = state.calls.notSent + 1;
  const next = beginWait(withCalls(told, { pending: null, notSent, withdrawn: state.calls.withdrawn + 1 }));
  if (notSent < 2 || told !== state) return next;
  const untilMs = nowMs + backoffMs(state.policy.serverErrorBackoff, notSent - 2, 1);
  return { ...next, waiting: { ...NOT_WAITING, for: 'retry', untilMs } };
}

/**
 * Enters the call under way into the ledger and turns its answer into what to wait for next.
 * @param random from 0 to below 1, for jitter
 */
export function recordCall(
  state: RefreshState,
  answer: SentAnswer,
  nowMs: number,
  random: number,
): RefreshState {
  const { calls, policy } = state;
  if (calls.pending === null) return state;
  const call: MadeCall = {
    ...calls.pending,
    ...departureOf(calls.pending, answer, nowMs, policy),
    answer: answer.answer,
    httpStatus: answer.httpStatus,
    requestId: answer.requestId,
  };
  // What was read before the call is not what stands after it.
  const next = beginWait(withCalls(state, { made: [...calls.made, call], pending: null, notSent: 0 }));
  const failed = withCalls(next, { failures: calls.failures + 1 });
  switch (answer.answer) {
    case 'accepted':
      return waitForData(next, 'accepted', nowMs + policy.completionWaitMs, nowMs);
    case 'unknown':
      return awaitEvidence(failed, nowMs);
    case 'conflict': {
      // Meld refused the status: the next read says which one it saw.
      const conflicted = withCalls(next, { conflicts: calls.conflicts + 1 });
      const waiting = waitForData(conflicted, 'conflict', nowMs + policy.completionWaitMs, nowMs);
      return { ...waiting, events: { ...waiting.events, unread: 'other' } };
    }
    case 'rate_limited':
      return {
        ...withCalls(next, {
          rateLimitHits: calls.rateLimitHits + 1,
          windowUntilMs: windowAfter429(state, answer.retryAfterMs, nowMs, random),
        }),
        waiting: NOT_WAITING,
      };
    case 'server_error':
      return backOff(
        withCalls(failed, { retryAtMs: answer.retryAfterMs === null ? null : nowMs + answer.retryAfterMs }),
        answer.retryAfterMs ?? 0,
        nowMs,
        random,
      );
    case 'not_found':
    case 'rejected':
      return withCalls(next, { refused: call });
  }
}

function waitForData(
  state: RefreshState,
  because: 'accepted' | 'conflict',
  untilMs: number,
  nowMs: number,
): RefreshState {
  return startWaiting(state, { for: 'data', because, untilMs }, nowMs);
}

/** @param leastMs what a `Retry-After` asks for */
function backOff(state: RefreshState, leastMs: number, nowMs: number, random: number): RefreshState {
  const { calls, policy } = state;
  if (calls.failures > policy.serverErrorRetries) return waitForStatusChange(state, nowMs);
  const waitMs = Math.max(leastMs, backoffMs(policy.serverErrorBackoff, calls.failures - 1, random));
  return { ...state, waiting: { ...NOT_WAITING, for: 'retry', untilMs: nowMs + waitMs } };
}

function withCalls(state: RefreshState, calls: Partial<CallState>): RefreshState {
  return { ...state, calls: { ...state.calls, ...calls } };
}
