import { isOver, statusChanged } from './waiting';
import type { Pursuit, RefreshState } from './state';
import { ailmentOf } from './model/connection-status';
import { counted, escalate, named, read, wait } from './step';
import type { Step } from './step';

/** What the pursuit under way asks for; `null` when nothing is under way and a call may be decided on. */
export function pursueOn(state: RefreshState, nowMs: number): Step | null {
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
    case 'repair':
      return awaitRepair(state, nowMs);
    case 'giving_up':
      return escalate(
        state,
        nowMs,
        'provider_unavailable',
        `Meld failed ${counted(state.failures)}, the last with ${lastStatus(state)}${named(state.calls.at(-1))}.`,
      );
  }
}

function awaitData(state: RefreshState, pursuit: Extract<Pursuit, { after: 'data' }>, nowMs: number): Step {
  if (isOver(state, pursuit.untilMs)) {
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
    repaired: 'the customer repaired the connection: waiting for the aggregation that follows',
    unknown: 'the answer was lost: looking for traces of the call before paying again',
  }[pursuit.because];
  return wait('waiting_for_data', Math.min(state.pollAtMs, pursuit.untilMs, state.terms.deadlineMs), why);
}

function awaitRepair(state: RefreshState, nowMs: number): Step {
  if (nowMs >= state.pollAtMs) return read('deciding', 'the webhook of the repair may be lost');
  const untilMs = Math.min(state.pollAtMs, state.terms.deadlineMs);
  return wait('waiting_for_repair', untilMs, 'waiting for the customer to repair the connection');
}

function awaitStatus(
  state: RefreshState,
  pursuit: Extract<Pursuit, { after: 'status' }>,
  nowMs: number,
): Step {
  const ailment = ailmentOf(state.connection?.status ?? '');
  const over = isOver(state, pursuit.untilMs);
  if (ailment !== null && (over || statusChanged(pursuit, state))) {
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

function lastStatus(state: RefreshState): string {
  const call = state.calls.at(-1);
  if (call?.answer === 'unknown') return 'no answer';
  return String(call?.httpStatus ?? 'no connection');
}
