import {
  ActivityFailure,
  CancellationScope,
  TimeoutFailure,
  isCancellation,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Priority } from '@temporalio/common';
import type { Activities, KnownConnection } from '../activities/activities';
import { parseCallAnswer } from '../refresh/input/parse-answer';
import { CALL_STARTS_WITHIN_MS, REREAD_WITHIN_MS } from '../refresh/model/call-bounds';
import type { CallAnswer } from '../refresh/model/connection';
import { callsTaskQueue } from './messages';
import type { Watch } from './read-connection';

/** 10 s: a call that is due right before the deadline still may start. */
const LEAST_BOUND_MS = 10_000;

type CallInput = Omit<Parameters<Activities['requestRefresh']>[0], 'reread'> & {
  /** The connection as it was read. */
  readonly known: KnownConnection | null;
};

/** 1 s: Temporal withdraws a queued call at once; of one that was taken there is nothing to hear but its answer. */
const WITHDRAWN_WITHIN_MS = 1_000;

export interface CallOptions {
  readonly summary: string;
  readonly priority: Priority;
  /** After it the answer counts as lost. */
  readonly timeoutMs: number;
  /** Until the deadline, after which no call may start. */
  readonly leftMs: number;
}

/**
 * Sends the charged call: one activity, one attempt. Whatever goes wrong becomes an answer, since after a call that may
 * be charged nothing may throw. A cancellation of the run, and evidence that comes while the call is pending, withdraw a
 * call that waits for its turn. What a worker has taken, Meld may have taken: a canceled run waits for its answer, which
 * comes within bounds, and evidence leaves it `unknown`.
 */
export async function sendChargedCall(
  { known, ...input }: CallInput,
  { summary, priority, timeoutMs, leftMs }: CallOptions,
  { inbox, isOver }: Watch,
): Promise<CallAnswer> {
  // One attempt: the call is charged and has no idempotency key. A lost answer is settled by reading the connection
  // again, never by asking again. No heartbeat: a worker that loses Temporal for some seconds, and not Meld, would have
  // its answer thrown away and paid for again.
  const { requestRefresh } = proxyActivities<Activities>({
    taskQueue: callsTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: timeoutMs + REREAD_WITHIN_MS,
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
    const early = await inbox.unless(answer, isOver);
    if (early !== undefined) return early;
    call.cancel();
    const bound = new CancellationScope();
    const tooLong = bound
      .run(() => sleep(WITHDRAWN_WITHIN_MS, { summary: 'withdraw the call' }))
      .catch(() => undefined);
    const late = await Promise.race([answer, tooLong]);
    bound.cancel();
    return late ?? LOST;
  });
}

const LOST: CallAnswer = { answer: 'unknown', httpStatus: null, requestId: null };

async function answerOf(sent: Promise<unknown>): Promise<CallAnswer> {
  try {
    return parseCallAnswer(await sent);
  } catch (error) {
    if (isCancellation(error)) return { answer: 'not_sent', why: 'withdrawn from its queue', lastCall: null };
    if (!neverStarted(error)) return LOST;
    return { answer: 'not_sent', why: 'no worker took it in time', lastCall: null };
  }
}

function neverStarted(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof TimeoutFailure &&
    error.cause.timeoutType === 'SCHEDULE_TO_START'
  );
}
