export type ChangeSignal = ReturnType<typeof makeChangeSignal>;

/** Lets tests wait for the thing itself: conditions are checked again after every change. */
export function makeChangeSignal() {
  const checks = new Set<() => void>();

  return {
    /** Something a waiter may be waiting for has happened. */
    notify(): void {
      for (const check of [...checks]) check();
    },
    /** Resolves as soon as the condition holds; rejects after `timeoutMs`, or when the condition throws. */
    until: (condition: () => boolean, timeoutMs = Infinity): Promise<void> =>
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
        const late = (): void =>
          end(() => reject(new Error(`The simulator did not get there within ${timeoutMs} ms.`)));
        // An open simulator keeps the process alive for it.
        const timer = timeoutMs === Infinity ? undefined : setTimeout(late, timeoutMs).unref();
        checks.add(check);
        check();
      }),
  };
}
