import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  TimeoutFailure,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Priority } from '@temporalio/common';
import type { Activities, KnownConnection } from '../activities/activities';
import { parseCallAnswer } from '../refresh/input/parse-answer';
import {
  CALL_PREPARED_WITHIN_MS,
  CALL_STARTS_WITHIN_MS,
  REREAD_WITHIN_MS,
} from '../refresh/model/call-bounds';
import type { CallAnswer } from '../refresh/model/connection';
import { callsTaskQueue } from './messages';
import type { Watch } from './read-connection';

/** 10 s: a call that is due right before the deadline still may start. */
const LEAST_BOUND_MS = 10_000;

type CallInput = Omit<Parameters<Activities['requestRefresh']>[0], 'reread'> & {
  /** The connection as it was read. */
  readonly known: KnownConnection | null;
};

/** 2 s: Temporal withdraws a queued call at once; of one that was taken the answer is often later than the webhooks, by milliseconds. */
const SETTLED_WITHIN_MS = 2_000;

interface CallOptions {
  readonly summary: string;
  readonly priority: Priority;
  /** So long after the call has left its answer counts as lost. */
  readonly timeoutMs: number;
  /** Until the deadline, after which no call may start. */
  readonly leftMs: number;
}

/** What ends a call, if it still can be ended. */
interface CallWatch extends Watch {
  /** Whether the call is still the one to make. */
  readonly isDue: () => boolean;
}

/**
 * Sends the charged call: one activity, one attempt. Whatever goes wrong becomes an answer, since after a call that may
 * be charged nothing may throw. A call that waits for its turn is withdrawn when its run is canceled, when the evidence
 * is complete, and when another one is due. What a worker has taken, Meld may have taken: its answer is awaited, which
 * comes within bounds; complete evidence leaves it `unknown` soon.
 */
export async function sendChargedCall(
  { known, ...input }: CallInput,
  { summary, priority, timeoutMs, leftMs }: CallOptions,
  { inbox, isOver, isDue }: CallWatch,
): Promise<CallAnswer> {
  // One attempt: the call is charged and has no idempotency key. A lost answer is settled by reading the connection
  // again, never by asking again. No heartbeat: a worker that loses Temporal for some seconds, and not Meld, would have
  // its answer thrown away and paid for again.
  const { requestRefresh } = proxyActivities<Activities>({
    taskQueue: callsTaskQueue(workflowInfo().taskQueue),
    // The call leaves within the one, and its answer is here within the other, or it counts as lost.
    startToCloseTimeout: CALL_PREPARED_WITHIN_MS + timeoutMs,
    scheduleToStartTimeout: Math.max(LEAST_BOUND_MS, Math.min(CALL_STARTS_WITHIN_MS, leftMs)),
    retry: { maximumAttempts: 1 },
    // Withdraws a call that still waits in its queue; a worker that has taken it does not hear of it, and answers.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    summary,
    priority,
  });
  const sent = { ...input, ...(known !== null && { reread: { known, withinMs: REREAD_WITHIN_MS } }) };
  const run = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    const call = new CancellationScope();
    run.cancelRequested.catch(() => call.cancel());
    const answer = call.run(() => answerOf(requestRefresh(sent)));
    const isOverOrWithdrawn = (): boolean => {
      if (isOver()) return true;
      if (!isDue()) call.cancel();
      return false;
    };
    const early = await inbox.unless(answer, isOverOrWithdrawn);
    if (early !== undefined) return early;
    // At once: a worker that took it in between would pay for what is there.
    call.cancel();
    return (
      (await within(
        SETTLED_WITHIN_MS,
        answer,
        'the data is there: withdraw the call, or wait for its answer',
      )) ?? LOST
    );
  });
}

async function within<T>(ms: number, work: Promise<T>, summary: string): Promise<T | undefined> {
  const timer = new CancellationScope();
  const passed = timer
    .run(() => sleep(ms, { summary }))
    .then(
      () => undefined,
      () => undefined,
    );
  const value = await Promise.race([work, passed]);
  timer.cancel();
  return value;
}

const LOST: CallAnswer = { answer: 'unknown', httpStatus: null, requestId: null };

async function answerOf(sent: Promise<unknown>): Promise<CallAnswer> {
  try {
    return parseCallAnswer(await sent);
  } catch (error) {
    const why = whyNeverStarted(error);
    return why === null ? LOST : { answer: 'not_sent', why, lastCall: null };
  }
}

/** `null` for a call that a worker may have taken: who canceled that, and how late, proves nothing. */
function whyNeverStarted(error: unknown): string | null {
  if (!(error instanceof ActivityFailure)) return null;
  const { cause, failure } = error;
  if (cause instanceof TimeoutFailure) {
    return cause.timeoutType === 'SCHEDULE_TO_START' ? 'no worker took it in time' : null;
  }
  // The event of its start, which only a call has that a worker has taken; otherwise 0, or -1 on the test server, for any.
  const startedEventId = Number(String(failure?.activityFailureInfo?.startedEventId ?? 0));
  return cause instanceof CancelledFailure && startedEventId <= 0 ? 'withdrawn from its queue' : null;
}
