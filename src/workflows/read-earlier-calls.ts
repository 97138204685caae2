import { isCancellation, log, patched, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import { parseMemory } from '../refresh/input/parse-memory';
import type { LastCall } from '../refresh/model/outcome';

/** 30 s: a list and some twenty runs to describe, of which each takes milliseconds. */
const ATTEMPT_MS = 30_000;

/**
 * Whether this run was reset and is past that: what it does again of the other's life was recorded without the patch.
 * Who replays a history that was written to a file gives the run another id, of which a recorded patch is independent.
 */
export function isAfterReset(): boolean {
  const { runId, firstExecutionRunId, unsafe } = workflowInfo();
  return (runId !== firstExecutionRunId || unsafe.isReplaying) && patched('read-earlier-calls');
}

/**
 * The calls of the other runs of this workflow, of which one that was reset may not have heard. Asked until Temporal
 * tells: once their data cannot come any more it does so without its visibility. An operator who fails the question by
 * hand has the run end on what it knows.
 * @param awaitCallsMs how long their data may take
 */
export async function readEarlierCalls(awaitCallsMs: number): Promise<LastCall | null> {
  const activities = proxyActivities<Activities>({
    startToCloseTimeout: ATTEMPT_MS,
    retry: { maximumInterval: ATTEMPT_MS },
    summary: 'ask Temporal for calls before the reset',
  });
  const firstRunId = workflowInfo().firstExecutionRunId;
  try {
    return parseMemory(await activities.readEarlierCalls({ firstRunId, awaitCallsMs })).lastCall;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('earlier_calls_not_told', { error });
    return null;
  }
}
