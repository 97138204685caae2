import { temporal } from '@temporalio/proto';
import { callsTaskQueue } from '../workflows/messages';

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = temporal.api.enums.v1.TaskQueueType;

/** What a worker of refreshes has to serve: each queue, and the kind of task that tells whether it is served. */
export function servedTaskQueues(taskQueue: string) {
  return [
    { taskQueue: { name: taskQueue }, taskQueueType: TASK_QUEUE_TYPE_WORKFLOW },
    { taskQueue: { name: callsTaskQueue(taskQueue) }, taskQueueType: TASK_QUEUE_TYPE_ACTIVITY },
  ] as const;
}
