export interface Timers {
  after(ms: number, run: () => void): void;
  /** Resolves after that time, or as soon as the timers are cleared. */
  sleep(ms: number): Promise<void>;
  clear(): void;
}

/** Real timers that can all be given up at once: nothing outlives a closed simulator. */
export function makeTimers(): Timers {
  /** Each timer with what has to happen if it is given up. */
  const running = new Map<NodeJS.Timeout, () => void>();

  const start = (ms: number, run: () => void, givenUp: () => void): void => {
    const timer = setTimeout(() => {
      running.delete(timer);
      run();
    }, ms);
    running.set(timer, givenUp);
  };

  return {
    after: (ms, run) => start(ms, run, () => undefined),
    sleep: (ms) => (ms === 0 ? Promise.resolve() : new Promise((resolve) => start(ms, resolve, resolve))),
    clear() {
      const givenUp = [...running];
      running.clear();
      for (const [timer, end] of givenUp) {
        clearTimeout(timer);
        end();
      }
    },
  };
}
