export type Timers = ReturnType<typeof makeTimers>;

/** Real timers that can all be given up at once: nothing outlives a closed simulator. */
export function makeTimers() {
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
    after: (ms: number, run: () => void) => start(ms, run, () => undefined),
    /** Resolves after that time, or as soon as the timers are cleared. */
    sleep: (ms: number): Promise<void> =>
      ms === 0 ? Promise.resolve() : new Promise((resolve) => start(ms, resolve, resolve)),
    clear(): void {
      const givenUp = [...running];
      running.clear();
      for (const [timer, end] of givenUp) {
        clearTimeout(timer);
        end();
      }
    },
  };
}
