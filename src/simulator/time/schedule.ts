import type { Timers } from './timers';

interface ScheduledEvent {
  readonly key: string;
  readonly afterMs: number;
  /** Receives the moment it counts for: when it was due, or now if its timer came first. */
  readonly run: (atMs: number) => void;
  /** The schedule was cleared before it was due. */
  readonly givenUp?: () => void;
}

export type Schedule = ReturnType<typeof makeSchedule>;
type Planned = ScheduledEvent & { readonly dueMs: number };

/**
 * What is going to happen at Meld. The clock may be a test's and jump by hours: then an event is due before its
 * timer fires, and a read of the connection must find it done. With a clock that stands still, the timer decides.
 */
export function makeSchedule({ now, timers }: { now: () => number; timers: Timers }) {
  const planned = new Map<string, Set<Planned>>();

  const run = (entry: Planned): void => {
    const entries = planned.get(entry.key);
    if (entries?.delete(entry)) entry.run(Math.min(entry.dueMs, now()));
  };

  return {
    add(entry: ScheduledEvent): void {
      const { key, afterMs } = entry;
      const one = { ...entry, dueMs: now() + afterMs };
      planned.set(key, (planned.get(key) ?? new Set()).add(one));
      timers.after(afterMs, () => run(one));
    },
    /** Runs what has become due for that key by the clock, whatever its timer says. */
    catchUp(key: string): void {
      const due = [...(planned.get(key) ?? [])].filter(({ dueMs }) => dueMs <= now());
      for (const entry of due.sort((a, b) => a.dueMs - b.dueMs)) run(entry);
    },
    clear(): void {
      const onCleared = [...planned.values()].flatMap((entries) => [...entries]);
      planned.clear();
      for (const entry of onCleared) entry.givenUp?.();
    },
  };
}
