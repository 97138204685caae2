import { isAtChargeLimit } from './charge-limit';
import { CALL_PREPARED_WITHIN_MS } from './model/call-bounds';
import type { SentAnswer } from './model/connection';
import { instantWithin } from './model/instant';
import { startWaiting, waitForStatusChange } from './start-waiting';
import { NOT_WAITING, type RefreshState, type SentCall } from './state';

/** A call without a definite answer may have run, and be charged: its evidence is awaited before anything is paid again. */
export function awaitEvidence(state: RefreshState, nowMs: number): RefreshState {
  const untilMs = nowMs + state.policy.unknownAnswerWaitMs;
  return startWaiting(state, { for: 'data', because: 'unknown', untilMs }, nowMs);
}

/** No evidence came: the next call may be decided on, as long as calls are left. */
export function afterLostAnswer(state: RefreshState, waitedUntilMs: number): RefreshState {
  return state.calls.failures > state.policy.serverErrorRetries || isAtChargeLimit(state)
    ? waitForStatusChange(state, waitedUntilMs)
    : { ...state, waiting: NOT_WAITING };
}

/**
 * When the call left, by the clock of its sender as long as ours allows for that. Otherwise evidence counts from the
 * decision on, and its data is awaited from the latest instant at which it can have left.
 */
export function departureOf(
  { sentAtMs, leftByMs }: SentCall,
  { answer, sentAt }: SentAnswer,
  nowMs: number,
  { clockToleranceMs }: RefreshState['policy'],
): Pick<SentCall, 'sentAtMs' | 'leftByMs'> {
  const toldMs = instantWithin(sentAt, sentAtMs, nowMs, clockToleranceMs);
  if (toldMs !== null) return { sentAtMs: toldMs, leftByMs: toldMs };
  // A worker that has taken it by now sends it within those bounds, or not at all.
  const mayLeaveUntilMs = answer === 'unknown' ? nowMs + CALL_PREPARED_WITHIN_MS : nowMs;
  return { sentAtMs, leftByMs: Math.min(leftByMs, mayLeaveUntilMs) };
}
