/** What is going to happen to a connection; `run` does it at most once. */
export interface PlannedEvent {
  readonly dueMs: number;
  readonly run: () => void;
}

export type Clock = ReturnType<typeof makeClock>;

/**
 * Timers that can all be given up at once, so that nothing outlives a closed simulator. `now` may be a test's and jump
 * by hours: then an event is due before its timer fires, and a read of the connection must find it done. With a clock
 * that stands still, the timer decides.
 */
export function makeClock(now: () => number) {
  /** Each timer with what has to happen if it is given up. */
  const running = new Map<NodeJS.Timeout, () => void>();
  let isStopped = false;

  const after = (ms: number, run: () => void, givenUp = () => {}): void => {
    if (isStopped) {
      givenUp();
      return;
    }
    const timer = setTimeout(() => {
      running.delete(timer);
      run();
    }, ms);
    running.set(timer, givenUp);
  };

  const clear = (): void => {
    const givenUp = [...running];
    running.clear();
    for (const [timer, end] of givenUp) {
      clearTimeout(timer);
      end();
    }
  };

  return {
    after,
    /** Resolves after that time, or as soon as the timers are cleared. */
    sleep: (ms: number): Promise<void> =>
      ms === 0 ? Promise.resolve() : new Promise((resolve) => after(ms, resolve, resolve)),
    /** `run` receives the moment it counts for: when it was due, or now if its timer came first. */
    plan(
      events: Set<PlannedEvent>,
      afterMs: number,
      run: (atMs: number) => void,
      givenUp?: () => void,
    ): void {
      const dueMs = now() + afterMs;
      const event: PlannedEvent = {
        dueMs,
        run: () => {
          if (events.delete(event)) run(Math.min(dueMs, now()));
        },
      };
      events.add(event);
      after(afterMs, event.run, givenUp);
    },
    /** Runs what has become due by the clock, whatever its timer says. */
    catchUp(events: ReadonlySet<PlannedEvent>): void {
      const due = [...events].filter(({ dueMs }) => dueMs <= now());
      for (const event of due.sort((a, b) => a.dueMs - b.dueMs)) event.run();
    },
    clear,
    /** For good: what is under way and would set another timer does without it. */
    stop(): void {
      isStopped = true;
      clear();
    },
  };
}

/** Lets it run without being waited for. A rejection is a bug of the simulator: it becomes a warning and stops nothing. */
export function inBackground(running: Promise<unknown>): void {
  running.catch((error: unknown) => {
    process.emitWarning(error instanceof Error ? error : String(error));
  });
}

/** RFC 3339 in UTC with microseconds, as Meld writes its instants. */
export function toInstant(epochMs: number, micros = 0): string {
  return new Date(epochMs).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}
