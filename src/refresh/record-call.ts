import { backoffMs } from './backoff';
import type { CallAnswer } from './model/connection';
import type { Product } from './model/product';
import { pursue, pursueStatus } from './waiting';
import type { MadeCall, RefreshState } from './state';
import { rateLimitedUntilMs } from './rate-limit';

export interface AnsweredCall {
  readonly sentAtMs: number;
  readonly products: readonly Product[] | null;
  readonly answer: CallAnswer;
}

/** A wait begins: what was read before it is old when it ends. */
export function beginWait(state: RefreshState): RefreshState {
  const { trouble } = state;
  return { ...state, readSinceWait: false, trouble: trouble?.kind === 'unavailable' ? null : trouble };
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
      return pursueData(next, 'accepted', nowMs);
    case 'unknown':
      return pursueData({ ...next, failures: state.failures + 1 }, 'unknown', nowMs);
    case 'conflict':
      // Meld refused the status: the next read tells which one it saw.
      return {
        ...pursueData({ ...next, conflicts: state.conflicts + 1 }, 'conflict', nowMs),
        news: 'unexplained',
      };
    case 'rate_limited':
      return {
        ...next,
        pursuit: { after: 'nothing' },
        rateLimitHits: state.rateLimitHits + 1,
        windowUntilMs: rateLimitedUntilMs(state, answer.retryAfterMs, nowMs, random),
      };
    case 'server_error':
      return pursueRecovery({ ...next, failures: state.failures + 1 }, nowMs, random);
    case 'not_found':
      return { ...next, trouble: { kind: 'not_found', requestId: answer.requestId } };
    case 'rejected':
      return {
        ...next,
        trouble: {
          kind: answer.httpStatus === 401 || answer.httpStatus === 403 ? 'access_denied' : 'request_rejected',
          asked: 'call',
          httpStatus: answer.httpStatus,
          requestId: answer.requestId,
        },
      };
  }
}

function pursueData(
  state: RefreshState,
  because: 'accepted' | 'conflict' | 'unknown',
  nowMs: number,
): RefreshState {
  const waitMs = because === 'unknown' ? state.policy.unknownAnswerWaitMs : state.policy.completionWaitMs;
  return pursue(state, { after: 'data', because, untilMs: nowMs + waitMs }, nowMs);
}

function pursueRecovery(state: RefreshState, nowMs: number, random: number): RefreshState {
  const { failures, policy } = state;
  if (failures > policy.serverErrorRetries) return pursueStatus(state, nowMs);
  const untilMs = nowMs + backoffMs(policy.serverErrorBackoff, failures - 1, random);
  return { ...state, pursuit: { after: 'retry', untilMs } };
}
