import { hasElapsed, statusChanged } from './waiting';
import type { Waiting, RefreshState } from './state';
import { degradationOf } from './model/connection-status';
import { callCount, escalate, requestSuffix, read, wait } from './step';
import type { Step } from './step';

/** What the waiting under way asks for; `null` when nothing is under way and a call may be decided on. */
export function whileWaiting(state: RefreshState, nowMs: number): Step | null {
  const { waiting, terms } = state;
  switch (waiting.for) {
    case 'nothing':
      return null;
    case 'retry':
      return wait(
        'waiting_to_call',
        Math.min(waiting.untilMs, terms.deadlineMs),
        `Meld answered ${lastStatus(state)}: backing off before try ${state.failures + 1}`,
      );
    case 'data':
      return awaitData(state, waiting, nowMs);
    case 'status':
      return awaitStatus(state, waiting, nowMs);
    case 'repair':
      return awaitRepair(state, nowMs);
    case 'giving_up':
      return escalate(
        state,
        nowMs,
        'provider_unavailable',
        `Meld failed ${callCount(state.failures)}, the last with ${lastStatus(state)}${requestSuffix(state.calls.at(-1))}.`,
      );
  }
}

function awaitData(state: RefreshState, waiting: Extract<Waiting, { for: 'data' }>, nowMs: number): Step {
  if (hasElapsed(state, waiting.untilMs)) {
    const told = waiting.because === 'accepted' ? 'accepted the refresh' : 'refused it as a conflict twice';
    const status = state.connection?.status ?? 'unknown';
    return escalate(
      state,
      nowMs,
      'no_fresh_data',
      `Meld ${told}${requestSuffix(state.calls.at(-1))}, yet no fresh data came; the connection is ${status}.`,
    );
  }
  if (nowMs >= state.pollAtMs) return read('deciding', 'the webhooks may be lost');
  const why = {
    accepted: 'Meld accepted the refresh: waiting for its data',
    conflict: 'Meld answered 409: an aggregation is probably running',
    repaired: 'the customer repaired the connection: waiting for the aggregation that follows',
    unknown: 'the answer was lost: looking for traces of the call before paying again',
  }[waiting.because];
  return wait('waiting_for_data', Math.min(state.pollAtMs, waiting.untilMs, state.terms.deadlineMs), why);
}

function awaitRepair(state: RefreshState, nowMs: number): Step {
  if (nowMs >= state.pollAtMs) return read('deciding', 'the webhook of the repair may be lost');
  const untilMs = Math.min(state.pollAtMs, state.terms.deadlineMs);
  return wait('waiting_for_repair', untilMs, 'waiting for the customer to repair the connection');
}

function awaitStatus(state: RefreshState, waiting: Extract<Waiting, { for: 'status' }>, nowMs: number): Step {
  const ailment = degradationOf(state.connection?.status ?? '');
  const over = hasElapsed(state, waiting.untilMs);
  if (ailment !== null && (over || statusChanged(waiting, state))) {
    const { status, statusReason } = state.connection ?? {};
    const reason = statusReason ? ` (${statusReason})` : '';
    return escalate(
      state,
      nowMs,
      ailment,
      `Meld failed ${callCount(state.failures)}${requestSuffix(state.calls.at(-1))} and reports the connection as ${status}${reason}.`,
    );
  }
  if (over) {
    return escalate(
      state,
      nowMs,
      'provider_unavailable',
      `Meld failed ${callCount(state.failures)}${requestSuffix(state.calls.at(-1))} and reported no change of status since.`,
    );
  }
  if (nowMs >= state.pollAtMs) return read('deciding', 'the status webhook may be lost');
  return wait(
    'waiting_for_status',
    Math.min(state.pollAtMs, waiting.untilMs, state.terms.deadlineMs),
    `${callCount(state.failures)} failed: waiting for Meld to report the connection's status`,
  );
}

function lastStatus(state: RefreshState): string {
  const call = state.calls.at(-1);
  if (call?.answer === 'unknown') return 'no answer';
  return String(call?.httpStatus ?? 'no connection');
}
