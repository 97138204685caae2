import { backoffMs } from './backoff';
import type { CallAnswer } from './model/connection';
import type { Product } from './model/product';
import { startWaiting, waitForStatusChange } from './waiting';
import type { MadeCall, RefreshState } from './state';
import { windowAfter429 } from './rate-limit';

export interface AnsweredCall {
  readonly sentAtMs: number;
  readonly products: readonly Product[] | null;
  readonly answer: CallAnswer;
}

/** A wait begins: what was read before it is old when it ends. */
export function beginWait(state: RefreshState): RefreshState {
  const { failure } = state;
  return { ...state, readSinceWait: false, failure: failure?.kind === 'unavailable' ? null : failure };
}

/** No worker took the call in time: it was not sent, and is in no ledger. */
export function recordCallNotSent(state: RefreshState): RefreshState {
  return { ...state, readSinceWait: false };
}

/**
 * Enters a call into the ledger and turns its answer into what to pursue next.
 * @param random from 0 to below 1, for jitter
 */
export function recordCall(
  state: RefreshState,
  { sentAtMs, products, answer }: AnsweredCall,
  nowMs: number,
  random: number,
): RefreshState {
  const call: MadeCall = {
    sentAtMs,
    products,
    answer: answer.answer,
    httpStatus: answer.httpStatus,
    requestId: answer.requestId,
    aggregatedBeforeMs: state.aggregation?.atMs ?? null,
  };
  const next: RefreshState = {
    ...state,
    calls: [...state.calls, call],
    // What was read before the call is not what stands after it.
    readSinceWait: false,
  };
  switch (answer.answer) {
    case 'accepted':
      return waitForData(next, 'accepted', nowMs);
    case 'unknown':
      return waitForData({ ...next, failures: state.failures + 1 }, 'unknown', nowMs);
    case 'conflict':
      // Meld refused the status: the next read tells which one it saw.
      return {
        ...waitForData({ ...next, conflicts: state.conflicts + 1 }, 'conflict', nowMs),
        unreadEvents: 'unexplained',
      };
    case 'rate_limited':
      return {
        ...next,
        waiting: { for: 'nothing' },
        rateLimitHits: state.rateLimitHits + 1,
        windowUntilMs: windowAfter429(state, answer.retryAfterMs, nowMs, random),
      };
    case 'server_error':
      return backOff({ ...next, failures: state.failures + 1 }, nowMs, random);
    case 'not_found':
      return { ...next, failure: { kind: 'not_found', requestId: answer.requestId } };
    case 'rejected':
      return {
        ...next,
        failure: {
          kind: answer.httpStatus === 401 || answer.httpStatus === 403 ? 'access_denied' : 'request_rejected',
          asked: 'call',
          httpStatus: answer.httpStatus,
          requestId: answer.requestId,
        },
      };
  }
}

function waitForData(
  state: RefreshState,
  because: 'accepted' | 'conflict' | 'unknown',
  nowMs: number,
): RefreshState {
  const waitMs = because === 'unknown' ? state.policy.unknownAnswerWaitMs : state.policy.completionWaitMs;
  return startWaiting(state, { for: 'data', because, untilMs: nowMs + waitMs }, nowMs);
}

function backOff(state: RefreshState, nowMs: number, random: number): RefreshState {
  const { failures, policy } = state;
  if (failures > policy.serverErrorRetries) return waitForStatusChange(state, nowMs);
  const untilMs = nowMs + backoffMs(policy.serverErrorBackoff, failures - 1, random);
  return { ...state, waiting: { for: 'retry', untilMs } };
}
