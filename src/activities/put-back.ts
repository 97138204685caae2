import { Context } from '@temporalio/activity';
import { optionalTsToMs } from '@temporalio/common/lib/time';

/** 100 ms: Temporal measures a workflow task by its own clock, a moment from the times that its events tell. */
const APART_MS = 100;

/**
 * Whether somebody has put this activity back into its queue: then it may have been taken before. Operators do, and Temporal
 * dates it again. It dates later, too, what nobody has taken yet, by the length of the workflow task with which
 * its run moves to another version of the workers: so much later is not put back.
 */
export async function wasPutBack(): Promise<boolean> {
  const { info } = Context.current();
  const laterMs = info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
  if (laterMs <= 0 || info.workflowExecution === undefined) return laterMs > 0;
  const { workflowId, runId } = info.workflowExecution;
  const { events } = await Context.current().client.workflow.getHandle(workflowId, runId).fetchHistory();
  let [isScheduled, version, taskMs] = [false, '', 0];
  const moves: number[] = [];
  for (const event of events ?? []) {
    const atMs = optionalTsToMs(event.eventTime) ?? 0;
    isScheduled ||= event.activityTaskScheduledEventAttributes?.activityId === info.activityId;
    if (event.workflowTaskScheduledEventAttributes) taskMs = atMs;
    const completed = event.workflowTaskCompletedEventAttributes;
    if (!completed) continue;
    const by = JSON.stringify([completed.deploymentVersion, completed.versioningBehavior]);
    if (isScheduled && by !== version) moves.push(atMs - taskMs);
    version = by;
  }
  const movedMs = moves.reduce((sum, ms) => sum + ms, 0);
  return Math.abs(laterMs - movedMs) > moves.length * APART_MS;
}
