import { Worker, type WorkerOptions } from '@temporalio/worker';
import { callsTaskQueue } from '../workflows/messages';

/** Of two workers' states the one that says more comes first: one that drains is not done because the other is. */
const STATES = ['FAILED', 'INITIALIZED', 'STOPPING', 'DRAINING', 'DRAINED', 'STOPPED', 'RUNNING'] as const;

/**
 * Makes what serves refreshes: a worker of their task queue, and one of the queue of their charged calls. Both have all
 * activities, since calls of runs that an older build has carried out wait in the first queue.
 * @returns the workers of this process, as one
 * @param options of the first worker
 * @param callsPerSecond the rate at which Temporal hands out charged calls, to all processes together; `null`: any
 */
export async function createWorkers(options: WorkerOptions, callsPerSecond: number | null = null) {
  const {
    workflowBundle: _bundle,
    workflowsPath: _path,
    maxTaskQueueActivitiesPerSecond: _reads,
    ...shared
  } = options;
  const workers = [
    await Worker.create(options),
    await Worker.create({
      ...shared,
      taskQueue: callsTaskQueue(options.taskQueue),
      ...(callsPerSecond !== null && { maxTaskQueueActivitiesPerSecond: callsPerSecond }),
    }),
  ];
  const shutdown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    /** The SDK's state of that worker which is furthest from running. */
    state: (): string => {
      const states = workers.map((worker) => worker.getState());
      return STATES.find((state) => states.includes(state)) ?? 'RUNNING';
    },
    /** Serves until told to stop, and then until what is under way has ended. When one worker fails, the other stops too. */
    run: async (): Promise<void> => {
      const ends = await Promise.allSettled(workers.map((worker) => worker.run().finally(shutdown)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
    shutdown,
  };
}
