import type { WorkflowExecutionDescription } from '@temporalio/client';
import { taskPriority } from '../../workflows/task-priority';
import { workflowIdOf } from '../ids';
import type { TemporalRpc } from '../temporal-rpc';

type Info = WorkflowExecutionDescription['raw']['workflowExecutionInfo'];

/** Whether the tasks of the run wait behind those of every caller who looks on. */
export function isBulk(info: Info): boolean {
  return info?.priority?.priorityKey === taskPriority('bulk', null).priorityKey;
}

/**
 * Moves a bulk's run up for a caller who looks on: its next tasks, and those that wait in a queue already. Whatever comes in
 * between is no harm: the run has the caller's request, and asks interactively from its next step on.
 */
export async function raisePriority(
  { client, rpc }: TemporalRpc,
  connectionId: string,
  runId: string,
): Promise<void> {
  const { workflowService, options } = client;
  const { namespace } = options;
  const execution = { workflowId: workflowIdOf(connectionId), runId };
  const priority = taskPriority('interactive', null);
  const updateMask = { paths: ['priority.priority_key'] };
  await Promise.allSettled([
    rpc('raise the priority', () =>
      workflowService.updateWorkflowExecutionOptions({
        namespace,
        workflowExecution: execution,
        workflowExecutionOptions: { priority },
        updateMask,
      }),
    ),
    rpc('raise the priority', () =>
      workflowService.updateActivityOptions({
        namespace,
        execution,
        matchAll: true,
        activityOptions: { priority },
        updateMask,
      }),
    ),
  ]);
}
