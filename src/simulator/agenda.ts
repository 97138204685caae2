import type { Timers } from './timers';

export interface Agenda {
  /** `run` receives the moment it counts for: when it was due, or now if its timer came first. */
  add(entry: { readonly subject: string; readonly afterMs: number; run(atMs: number): void }): void;
  /** Runs what has become due for that subject by the clock, whatever its timer says. */
  catchUp(subject: string): void;
  clear(): void;
}

interface Entry {
  readonly dueMs: number;
  readonly run: (atMs: number) => void;
}

/**
 * What is going to happen at Meld. The clock may belong to somebody else and leap by hours: then a thing is due
 * before its timer has fired, and whoever looks at the connection must find it done. A clock that stands still
 * does not keep it from happening: then the timer rules.
 */
export function makeAgenda({ now, timers }: { now: () => number; timers: Timers }): Agenda {
  const bySubject = new Map<string, Set<Entry>>();

  const run = (subject: string, entry: Entry): void => {
    if (bySubject.get(subject)?.delete(entry)) entry.run(Math.min(entry.dueMs, now()));
  };

  return {
    add({ subject, afterMs, run: happen }) {
      const entry: Entry = { dueMs: now() + afterMs, run: happen };
      const entries = bySubject.get(subject) ?? new Set();
      bySubject.set(subject, entries.add(entry));
      timers.after(afterMs, () => run(subject, entry));
    },
    catchUp(subject) {
      const due = [...(bySubject.get(subject) ?? [])].filter(({ dueMs }) => dueMs <= now());
      for (const entry of due.sort((a, b) => a.dueMs - b.dueMs)) run(subject, entry);
    },
    clear: () => bySubject.clear(),
  };
}
