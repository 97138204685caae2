import type { RefreshHandle } from '../../client';

/** A connection's part in a bulk, from its turn to its end. */
export interface Task {
  readonly connectionId: string;
  /** `null` before a run was started or joined. */
  readonly handle: RefreshHandle | null;
  /** Tries in a row that failed. */
  readonly failures: number;
}

/** Whose turn it is: deferred tasks that are due, then the next of the others in their order. */
export function makeBulkQueue(tasks: readonly Task[]) {
  // The first due is the first.
  const deferred: { readonly task: Task; readonly untilMs: number }[] = [];
  let next = 0;
  return {
    /** `null` when none is left that could be taken now. */
    take: (nowMs: number): Task | null => {
      if ((deferred[0]?.untilMs ?? Infinity) <= nowMs) return deferred.shift()?.task ?? null;
      return tasks[next] === undefined ? null : (tasks[next++] ?? null);
    },
    defer: (task: Task, untilMs: number): void => {
      const later = deferred.findIndex((other) => other.untilMs > untilMs);
      deferred.splice(later < 0 ? deferred.length : later, 0, { task, untilMs });
    },
    /** When the first of the deferred is due; `null` when there are none. */
    nextDueMs: (): number | null => deferred[0]?.untilMs ?? null,
    left: () => ({ new: tasks.length - next, deferred: deferred.length }),
  };
}
