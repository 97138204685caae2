export interface ChangeSignal {
  /** Something a waiter may be waiting for has happened. */
  notify(): void;
  /** Resolves as soon as the condition holds; rejects after `timeoutMs`, or when the condition throws. */
  readonly until: (condition: () => boolean, timeoutMs?: number) => Promise<void>;
}

/** Lets tests wait for the thing itself: conditions are checked again after every change. */
export function makeChangeSignal(): ChangeSignal {
  const checks = new Set<() => void>();

  return {
    notify() {
      for (const check of [...checks]) check();
    },
    until: (condition, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void): void => {
          clearTimeout(timer);
          checks.delete(check);
          settle();
        };
        const check = (): void => {
          try {
            if (condition()) end(resolve);
          } catch (error) {
            end(() => reject(error instanceof Error ? error : new Error(String(error))));
          }
        };
        const timer = setTimeout(
          () => end(() => reject(new Error(`The simulator did not get there within ${timeoutMs} ms.`))),
          timeoutMs,
        );
        checks.add(check);
        check();
      }),
  };
}
