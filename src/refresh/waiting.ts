import { chargeLimit, isAtChargeLimit } from './charge-limit';
import {
  allProductsOf,
  callsThatMayHaveRun,
  covers,
  findEvidence,
  isFresh,
  mayBeCharged,
  needsOf,
} from './freshness';
import { afterLostAnswer } from './lost-answer';
import { refreshabilityOf, degradationOf } from './model/connection-status';
import { toReadable } from './model/instant';
import { startWaiting } from './start-waiting';
import { NOT_WAITING, type RefreshState, type SentCall, type Waiting, type WaitingFor } from './state';
import { callCount, escalate, read, requestSuffix, wait, type Decision } from './step';
import type { Phase } from './model/progress';

/**
 * Ends a wait that time, a read or an event has settled, so that the next call may be decided on, and starts the ones
 * that the connection asks for. Waits that must end in an escalation stay: `whileWaiting` says why.
 */
export function updateWaiting(state: RefreshState, nowMs: number): RefreshState {
  const next = endFinishedWait(followRepair(state, nowMs), nowMs);
  return next.waiting.for === 'nothing' ? awaitRememberedCalls(next, nowMs) : next;
}

function endFinishedWait(state: RefreshState, nowMs: number): RefreshState {
  const { waiting, calls } = state;
  const done: RefreshState = { ...state, waiting: NOT_WAITING };
  switch (waiting.for) {
    case 'nothing':
    case 'repair':
    case 'giving_up':
      return state;
    case 'retry':
      return nowMs < waiting.untilMs ? state : done;
    case 'data':
      if (isDataThere(waiting, state, nowMs)) return done;
      if (!hasElapsed(state, waiting.untilMs)) return state;
      switch (waiting.because) {
        case 'conflict':
          return calls.conflicts > 1 ? state : done;
        case 'accepted':
          return state;
        case 'repaired':
        case 'remembered':
          return done;
        case 'unknown':
          return afterLostAnswer(state, waiting.untilMs);
      }
    case 'status':
      return state.events.unread === 'none' && statusChanged(waiting, state) && !isDegraded(state)
        ? done
        : state;
  }
}

function isDataThere(
  { because, untilMs }: WaitingForWhat<'data'>,
  state: RefreshState,
  nowMs: number,
): boolean {
  // A repair starts an aggregation of Meld's own, whatever an earlier call has brought.
  if (because === 'repaired') return false;
  // What is left of several calls may be awaited for less long, or no more.
  if (because === 'remembered') return rememberedAwaitedUntilMs(state, nowMs) < untilMs;
  // Before a lost call can have left another aggregation may have brought it, and the call's own be still to come.
  return lastCallDelivered(state, nowMs, because === 'unknown' && nowMs < untilMs ? 'left' : 'decided');
}

/** A connection that needs repair is waited for, if so wished; one that was repaired Meld aggregates by itself. */
function followRepair(state: RefreshState, nowMs: number): RefreshState {
  const { connection, waiting, terms, policy } = state;
  if (connection.latest === null || state.events.unread === 'other') return state;
  const { status } = connection.latest;
  // IN_PROGRESS: the customer has the widget open.
  const broken = refreshabilityOf(status) === 'repair_required' || status === 'IN_PROGRESS';
  if (waiting.for === 'repair') {
    // A join may have moved the deadline.
    if (broken) return { ...state, waiting: { ...waiting, untilMs: terms.deadlineMs } };
    const untilMs = Math.max(nowMs + policy.repairedWaitMs, lastCallAwaitedUntilMs(state, nowMs));
    return startWaiting(state, { for: 'data', because: 'repaired', untilMs }, nowMs);
  }
  if (!broken || terms.onRepair !== 'wait') return state;
  return startWaiting(state, { for: 'repair', untilMs: terms.deadlineMs }, nowMs);
}

/** A repair ends the wait for the data of a call before it, not the possibility that the data comes. */
function lastCallAwaitedUntilMs(state: RefreshState, nowMs: number): number {
  const { calls, policy } = state;
  const call = calls.made.findLast(mayBeCharged);
  if (call === undefined || isDelivered(call, state, nowMs)) return -Infinity;
  return call.leftByMs + (call.answer === 'accepted' ? policy.completionWaitMs : policy.unknownAnswerWaitMs);
}

/** Data of earlier runs' calls that is still missing is waited for, before anything is paid again. */
function awaitRememberedCalls(state: RefreshState, nowMs: number): RefreshState {
  // Which products are missing shows once the connection was read.
  if (state.connection.latest === null) return state;
  const untilMs = rememberedAwaitedUntilMs(state, nowMs);
  return untilMs <= nowMs
    ? state
    : startWaiting(state, { for: 'data', because: 'remembered', untilMs }, nowMs);
}

/** `-Infinity`: nothing that is missing can come of a call of an earlier run. */
function rememberedAwaitedUntilMs(state: RefreshState, nowMs: number): number {
  const { remembered, made } = state.calls;
  const { missing } = findEvidence(needsOf(state), state, nowMs);
  const awaited = remembered.filter((call) => {
    if (call.isDelivered || isDelivered(call, state, nowMs)) return false;
    const later = made.filter((one) => mayBeCharged(one) && one.sentAtMs >= call.sentAtMs);
    return missing.some((product) => covers(call, product) && !later.some((one) => covers(one, product)));
  });
  return Math.max(...awaited.map(({ leftByMs }) => leftByMs + state.policy.completionWaitMs));
}

/** What the wait under way asks for; `null` when nothing is waited for and a call may be decided on. */
export function whileWaiting(state: RefreshState, nowMs: number): Decision | null {
  const { waiting, terms, calls } = state;
  switch (waiting.for) {
    case 'nothing':
      return null;
    case 'retry':
      return wait(
        'waiting_to_call',
        Math.min(waiting.untilMs, terms.deadlineMs),
        calls.notSent > 1
          ? `the last ${calls.notSent} were not sent`
          : `the last one ended with ${lastStatus(state)}`,
      );
    case 'data':
      return awaitData(state, waiting, nowMs);
    case 'status':
      return awaitStatus(state, waiting, nowMs);
    case 'repair':
      return waitAndPoll(state, nowMs, 'waiting_for_repair', {
        why: `Meld reports ${statusOf(state)}`,
        poll: 'its webhook may be lost',
      });
    case 'giving_up':
      return escalate(
        'provider_unavailable',
        `Meld failed ${callCount(calls.failures)}, the last with ${lastStatus(state)}${requestSuffix(calls.made.at(-1))}.`,
      );
  }
}

/** Whether all that the last call was made for has come: what is still missing takes another call. */
function lastCallDelivered(state: RefreshState, nowMs: number, since: 'decided' | 'left'): boolean {
  const call = callsThatMayHaveRun(state.calls).at(-1);
  const last = state.calls.made.at(-1);
  if (call === undefined || (last !== undefined && !mayBeCharged(last))) return false;
  return isDelivered(since === 'left' ? { ...call, sentAtMs: call.leftByMs } : call, state, nowMs);
}

/** Whether the data that a call was made for has come. */
export function isDelivered(call: SentCall, state: RefreshState, nowMs: number): boolean {
  const products = call.products ?? allProductsOf(state.connection.latest);
  return isFresh({ products, freshSinceMs: call.sentAtMs }, state, nowMs);
}

/** Whether a wait has ended and the connection was read once more after it. */
export function hasElapsed({ connection: { readBeganMs } }: RefreshState, untilMs: number): boolean {
  return (readBeganMs ?? -Infinity) >= untilMs;
}

type WaitingForWhat<F extends WaitingFor['for']> = Extract<Waiting, { for: F }>;

function awaitData(state: RefreshState, waiting: WaitingForWhat<'data'>, nowMs: number): Decision {
  if (hasElapsed(state, waiting.untilMs)) {
    const what = waiting.because === 'accepted' ? 'accepted the refresh' : 'refused it as a conflict twice';
    const status = statusOf(state);
    return escalate(
      'no_fresh_data',
      `Meld ${what}${requestSuffix(state.calls.made.at(-1))}, yet no fresh data came; the connection is ${status}.`,
    );
  }
  const { calls, policy } = state;
  const remembered = calls.remembered.findLast(
    ({ leftByMs }) => leftByMs + policy.completionWaitMs === waiting.untilMs,
  );
  const why = {
    accepted: 'Meld accepted the refresh',
    conflict: 'Meld answered 409: an aggregation is probably running',
    repaired: 'the customer repaired the connection, and an aggregation follows',
    unknown: 'the answer to the call was lost, and it may have run',
    remembered: `an earlier run may have sent a call at ${toReadable(remembered?.sentAtMs ?? nowMs)}`,
  }[waiting.because];
  return waitAndPoll(state, nowMs, 'waiting_for_data', { why, poll: 'the webhooks may be lost' });
}

function awaitStatus(state: RefreshState, waiting: WaitingForWhat<'status'>, nowMs: number): Decision {
  const { calls, connection } = state;
  const failed = `Meld failed ${callCount(calls.failures)}${requestSuffix(calls.made.at(-1))}`;
  const degradation = degradationOf(connection.latest?.status ?? '');
  const over = hasElapsed(state, waiting.untilMs);
  if (degradation !== null && (over || statusChanged(waiting, state))) {
    return escalate(degradation, `${failed} and reports the connection as ${statusOf(state)}.`);
  }
  if (over) {
    return isAtChargeLimit(state)
      ? chargeLimit(state, nowMs)
      : escalate('provider_unavailable', `${failed} and reported no change of status since.`);
  }
  return waitAndPoll(state, nowMs, 'waiting_for_status', {
    why: `${callCount(calls.failures)} failed`,
    poll: 'its webhook may be lost',
  });
}

/** Waits, for events first; then the connection is polled until the wait ends, and read once more at its end. */
function waitAndPoll(
  { waiting, terms }: RefreshState,
  nowMs: number,
  phase: Phase,
  { why, poll }: { readonly why: string; readonly poll: string },
): Decision {
  const endMs = Math.min('untilMs' in waiting ? waiting.untilMs : Infinity, terms.deadlineMs);
  // Also where the last poll began before the end and came back after it.
  if (nowMs >= endMs) return read('deciding', `the wait is over, and ${poll}`);
  if (nowMs < waiting.pollAtMs) return wait(phase, Math.min(waiting.pollAtMs, endMs), why);
  return { step: 'read', kind: 'poll', phase, untilMs: endMs, why: `${why}; polling: ${poll}` };
}

/** As Meld has it, with its reason. */
function statusOf({ connection: { latest } }: RefreshState): string {
  const { status = 'unknown', statusReason } = latest ?? {};
  return statusReason ? `${status} (${statusReason})` : status;
}

/** Whether the connection changed its status since it is watched, by a webhook or by what was read. */
function statusChanged(
  { sinceMs, statusBefore }: WaitingForWhat<'status'>,
  { connection, events }: RefreshState,
): boolean {
  return (events.lastStatusChangeMs ?? -Infinity) >= sinceMs || connection.latest?.status !== statusBefore;
}

function isDegraded({ connection }: RefreshState): boolean {
  return degradationOf(connection.latest?.status ?? '') !== null;
}

function lastStatus({ calls }: RefreshState): string {
  const call = calls.made.at(-1);
  if (call?.answer === 'unknown') return 'no answer';
  return String(call?.httpStatus ?? 'no connection to Meld');
}
