import type { WorkflowExecutionDescription } from '@temporalio/client';

type Raw = Pick<
  WorkflowExecutionDescription['raw'],
  'pendingActivities' | 'pendingWorkflowTask' | 'workflowExtendedInfo'
>;
type PendingActivity = NonNullable<Raw['pendingActivities']>[number];
type Time = PendingActivity['lastStartedTime'];

/** Temporal's PendingActivityState of one that a worker has taken: STARTED, CANCEL_REQUESTED, PAUSE_REQUESTED. */
const TAKEN: ReadonlySet<number> = new Set([2, 3, 5]);
const CHARGED_CALL = 'requestRefresh';
/** The failure of a poll that has found nothing new: no trouble, but its schedule. */
const NOTHING_NEW = 'NothingNew';
/** 200: a cause is one sentence; Meld's part of it is clipped already. */
const LONGEST_CAUSE = 200;

/**
 * What an open run is doing at this moment, by Temporal's pending tasks: one phrase for people.
 * @param begun whether a worker has taken the run up at all
 * @returns `null` while it waits, for which the progress has the words
 */
export function describeActivity(raw: Raw, begun: boolean, nowMs: number): string | null {
  const task = describeTask(raw, begun, nowMs);
  if (!raw.workflowExtendedInfo?.cancelRequested) return task;
  return task === null ? 'cancel requested' : `cancel requested; ${task}`;
}

function describeTask(
  { pendingActivities, pendingWorkflowTask }: Raw,
  begun: boolean,
  nowMs: number,
): string | null {
  const taskAttempt = pendingWorkflowTask?.attempt ?? 0;
  // Before everything else: the run hears of nothing that it waits for.
  if (taskAttempt > 1)
    return `its workflow task is tried again, attempt ${taskAttempt}: the worker's log says why`;
  for (const pending of pendingActivities ?? []) {
    const what = describePending(pending, nowMs);
    if (what !== null) return what;
  }
  if (!begun && pendingWorkflowTask && !pendingWorkflowTask.startedTime)
    return 'queued, waiting for a worker';
  return null;
}

/** Whether a worker has taken a charged call of the run, so that Meld may have it. */
export function isInCall({ pendingActivities }: Raw): boolean {
  return (pendingActivities ?? []).some((one) => one.activityType?.name === CHARGED_CALL && isTaken(one));
}

function isTaken({ state }: PendingActivity): boolean {
  return TAKEN.has(Number(state));
}

function describePending(pending: PendingActivity, nowMs: number): string | null {
  const isStarted = isTaken(pending);
  switch (pending.activityType?.name) {
    case CHARGED_CALL:
      return isStarted
        ? `requesting the refresh from Meld${since(pending.lastStartedTime, nowMs)}`
        : 'the call to Meld is queued, waiting for a worker or the rate limit';
    case 'readConnection': {
      const { attempt, lastFailure } = pending;
      if (!attempt || attempt < 2) {
        return isStarted
          ? 'reading the connection'
          : 'the read of the connection is queued, waiting for a worker';
      }
      if (lastFailure?.applicationFailureInfo?.type === NOTHING_NEW)
        return isStarted ? 'polling the connection' : null;
      return `reading the connection, attempt ${attempt}: ${(lastFailure?.message ?? '').slice(0, LONGEST_CAUSE)}`;
    }
    case 'readEarlierCalls':
      return 'asking Temporal for calls before the reset';
    default:
      return null;
  }
}

function since(time: Time, nowMs: number): string {
  if (!time?.seconds) return '';
  const seconds = Math.floor(nowMs / 1_000) - Number(time.seconds);
  return seconds > 0 ? ` (${seconds} s)` : '';
}
