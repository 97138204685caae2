export interface Changes {
  /** Something a waiter may be waiting for has happened. */
  announce(): void;
  /** Resolves as soon as the condition holds; rejects after `timeoutMs`, or when the condition throws. */
  readonly until: (condition: () => boolean, timeoutMs?: number) => Promise<void>;
}

/** Lets tests wait for the thing itself: conditions are looked at again after every change. */
export function makeChanges(): Changes {
  const looks = new Set<() => void>();

  return {
    announce() {
      for (const look of [...looks]) look();
    },
    until: (condition, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void): void => {
          clearTimeout(timer);
          looks.delete(look);
          settle();
        };
        const look = (): void => {
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
        looks.add(look);
        look();
      }),
  };
}
