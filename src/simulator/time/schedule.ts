import type { Timers } from './timers';

export interface AgendaEntry {
  readonly subject: string;
  readonly afterMs: number;
  /** Receives the moment it counts for: when it was due, or now if its timer came first. */
  readonly run: (atMs: number) => void;
  /** The agenda was cleared before. */
  readonly givenUp?: () => void;
}

export interface Agenda {
  add(entry: AgendaEntry): void;
  /** Runs what has become due for that subject by the clock, whatever its timer says. */
  catchUp(subject: string): void;
  clear(): void;
}

type Planned = AgendaEntry & { readonly dueMs: number };

/**
 * What is going to happen at Meld. The clock may belong to somebody else and leap by hours: then a thing is due
 * before its timer has fired, and whoever looks at the connection must find it done. A clock that stands still
 * does not keep it from happening: then the timer rules.
 */
export function makeAgenda({ now, timers }: { now: () => number; timers: Timers }): Agenda {
  const planned = new Map<string, Set<Planned>>();

  const run = (entry: Planned): void => {
    const entries = planned.get(entry.subject);
    if (entries?.delete(entry)) entry.run(Math.min(entry.dueMs, now()));
  };

  return {
    add(entry) {
      const { subject, afterMs } = entry;
      const one = { ...entry, dueMs: now() + afterMs };
      planned.set(subject, (planned.get(subject) ?? new Set()).add(one));
      timers.after(afterMs, () => run(one));
    },
    catchUp(subject) {
      const due = [...(planned.get(subject) ?? [])].filter(({ dueMs }) => dueMs <= now());
      for (const entry of due.sort((a, b) => a.dueMs - b.dueMs)) run(entry);
    },
    clear() {
      const givenUp = [...planned.values()].flatMap((entries) => [...entries]);
      planned.clear();
      for (const entry of givenUp) entry.givenUp?.();
    },
  };
}
