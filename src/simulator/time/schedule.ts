import type { Timers } from './timers';

export interface ScheduledEvent {
  readonly key: string;
  readonly afterMs: number;
  /** Receives the moment it counts for: when it was due, or now if its timer came first. */
  readonly run: (atMs: number) => void;
  /** The schedule was cleared before it was due. */
  readonly givenUp?: () => void;
}

export interface Schedule {
  add(entry: ScheduledEvent): void;
  /** Runs what has become due for that subject by the clock, whatever its timer says. */
  catchUp(subject: string): void;
  clear(): void;
}

type Planned = ScheduledEvent & { readonly dueMs: number };

/**
 * What is going to happen at Meld. The clock may be a test's and jump by hours: then an event is due before its
 * timer fires, and a read of the connection must find it done. With a clock that stands still, the timer decides.
 */
export function makeSchedule({ now, timers }: { now: () => number; timers: Timers }): Schedule {
  const planned = new Map<string, Set<Planned>>();

  const run = (entry: Planned): void => {
    const entries = planned.get(entry.key);
    if (entries?.delete(entry)) entry.run(Math.min(entry.dueMs, now()));
  };

  return {
    add(entry) {
      const { key, afterMs } = entry;
      const one = { ...entry, dueMs: now() + afterMs };
      planned.set(key, (planned.get(key) ?? new Set()).add(one));
      timers.after(afterMs, () => run(one));
    },
    catchUp(subject) {
      const due = [...(planned.get(subject) ?? [])].filter(({ dueMs }) => dueMs <= now());
      for (const entry of due.sort((a, b) => a.dueMs - b.dueMs)) run(entry);
    },
    clear() {
      const onCleared = [...planned.values()].flatMap((entries) => [...entries]);
      planned.clear();
      for (const entry of onCleared) entry.givenUp?.();
    },
  };
}
