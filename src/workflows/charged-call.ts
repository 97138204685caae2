import { ActivityFailure, TimeoutFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CallAnswer } from '../refresh/model/connection';
import type { Product } from '../refresh/model/product';

/** 60 s: above the longest time the worker's Meld client may take for one request. */
const ATTEMPT_MS = 60_000;
/** 5 min: a call that no worker has started by then was provably not sent. */
const START_WITHIN_MS = 300_000;
/** 10 s: a call that is due right before the deadline still may start. */
const LEAST_BOUND_MS = 10_000;
/** 10 s: the activity beats every two; a worker that died in the call is noticed soon. */
const HEARTBEAT_MS = 10_000;

export type CallReport = { readonly sent: false } | { readonly sent: true; readonly answer: CallAnswer };

/**
 * Sends the charged call: one activity, one attempt. Whatever goes wrong becomes an answer, since after a
 * call that may have been charged nothing may throw; only a cancellation does.
 * @param leftMs until the deadline, after which no call may start
 */
export async function sendChargedCall(
  connectionId: string,
  products: readonly Product[] | null,
  summary: string,
  leftMs: number,
): Promise<CallReport> {
  // One attempt: the call is charged and has no idempotency key. A lost answer is settled by looking
  // at the connection again, never by asking again.
  const { requestRefresh } = proxyActivities<Activities>({
    startToCloseTimeout: ATTEMPT_MS,
    scheduleToStartTimeout: Math.max(LEAST_BOUND_MS, Math.min(START_WITHIN_MS, leftMs)),
    heartbeatTimeout: HEARTBEAT_MS,
    retry: { maximumAttempts: 1 },
    cancellationType: 'TRY_CANCEL',
    summary,
  });
  try {
    const answer = await requestRefresh({ connectionId, ...(products !== null && { products }) });
    return { sent: true, answer };
  } catch (error) {
    if (isCancellation(error)) throw error;
    if (neverStarted(error)) return { sent: false };
    return { sent: true, answer: { answer: 'unknown', httpStatus: null, requestId: null } };
  }
}

function neverStarted(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof TimeoutFailure &&
    error.cause.timeoutType === 'SCHEDULE_TO_START'
  );
}
