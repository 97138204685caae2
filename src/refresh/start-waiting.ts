import type { Growth } from './input/parse-policy';
import { NOT_WAITING, type RefreshState, type WaitingFor } from './state';

type Bounded = WaitingFor & { readonly untilMs: number };

/** Starts waiting. Polling restarts; the last poll coincides with the end of the wait. */
export function startWaiting(state: RefreshState, waiting: Bounded, nowMs: number): RefreshState {
  const pollAtMs = Math.min(nowMs + state.policy.poll.initialMs, waiting.untilMs);
  return { ...state, waiting: { ...waiting, polls: 0, pollAtMs } };
}

/** The next poll, after a read that was due as one. */
export function scheduleNextPoll(state: RefreshState, nowMs: number): RefreshState {
  const { waiting, policy } = state;
  const polls = waiting.polls + 1;
  const nextMs = nowMs + growingIntervalMs(policy.poll, polls);
  // The last read falls on the end of the wait, so that it never ends on old knowledge.
  const endMs = 'untilMs' in waiting && waiting.untilMs > nowMs ? waiting.untilMs : Infinity;
  return { ...state, waiting: { ...waiting, polls, pollAtMs: Math.min(nextMs, endMs) } };
}

/** Retries are used up, or the charge limit is: wait for what Meld says of the connection. */
export function waitForStatusChange(state: RefreshState, nowMs: number): RefreshState {
  const { calls, policy, connection } = state;
  if (calls.failures > policy.serverErrorRetries + 1) {
    return { ...state, waiting: { ...NOT_WAITING, for: 'giving_up' } };
  }
  const untilMs = nowMs + policy.statusChangeWaitMs;
  const statusBefore = connection.latest?.status;
  return startWaiting(state, { for: 'status', sinceMs: nowMs, untilMs, statusBefore }, nowMs);
}

/** The n-th interval of a growing series, n from 0, in milliseconds. */
export function growingIntervalMs(growth: Growth, n: number): number {
  return Math.min(growth.maximumMs, growth.initialMs * growth.factor ** n);
}

/**
 * How long to back off before the n-th retry, n from 0.
 * @param random from 0 to below 1. The wait lies between half the interval and the whole of it, so that
 *   connections that failed together do not come back together ("equal jitter").
 */
export function backoffMs(growth: Growth, n: number, random: number): number {
  return Math.round(growingIntervalMs(growth, n) * (0.5 + random / 2));
}
