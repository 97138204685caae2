import type { RefreshHandle } from '../../client';

/** A connection's part in a bulk, from its turn to its end. */
export interface Task {
  readonly connectionId: string;
  /** `null` before a run was started or joined. */
  readonly handle: RefreshHandle | null;
  /** Tries to start that failed. */
  readonly failures: number;
  readonly stage: 'new' | 'waiting';
}

/** Whose turn it is: deferred tasks that are due, then the next of the others in their order. */
export interface BulkQueue {
  /** `null` when none is left that could be taken now. */
  readonly take: (nowMs: number) => Task | null;
  readonly defer: (task: Task, untilMs: number) => void;
  /** When the first of the deferred is due; `null` when there are none. */
  readonly nextDueMs: () => number | null;
  readonly left: () => { readonly new: number; readonly deferred: number };
}

export function makeBulkQueue(tasks: readonly Task[]): BulkQueue {
  const waiting = new Map<Task, number>();
  let next = 0;
  const firstDue = (): readonly [Task, number] | null =>
    [...waiting].reduce<readonly [Task, number] | null>(
      (first, entry) => (first === null || entry[1] < first[1] ? entry : first),
      null,
    );
  return {
    take: (nowMs) => {
      const due = firstDue();
      if (due !== null && due[1] <= nowMs) {
        waiting.delete(due[0]);
        return due[0];
      }
      const task = tasks[next];
      if (task === undefined) return null;
      next += 1;
      return task;
    },
    defer: (task, untilMs) => void waiting.set(task, untilMs),
    nextDueMs: () => firstDue()?.[1] ?? null,
    left: () => ({ new: tasks.length - next, deferred: waiting.size }),
  };
}
