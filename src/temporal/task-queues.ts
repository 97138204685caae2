import { callsTaskQueue } from '../workflows/messages';

/** `temporal.api.enums.v1.TaskQueueType`. */
const WORKFLOW = 1;
const ACTIVITY = 2;

/** What a worker of refreshes has to serve: each queue, and the kind of task that tells whether it is served. */
export function servedTaskQueues(taskQueue: string) {
  return [
    { taskQueue: { name: taskQueue }, taskQueueType: WORKFLOW },
    { taskQueue: { name: callsTaskQueue(taskQueue) }, taskQueueType: ACTIVITY },
  ] as const;
}
