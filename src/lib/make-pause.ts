/**
 * Pauses that all end when the signal aborts. They share one listener: a signal looks through its listeners for each that is
 * added or taken away, so that those of ten thousand pauses would take seconds.
 */
export function makePause(signal: AbortSignal): (durationMs: number) => Promise<void> {
  const open = new Set<() => void>();
  signal.addEventListener('abort', () => {
    for (const end of open) end();
  });
  return (durationMs) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        open.delete(end);
        resolve();
      };
      const timer = setTimeout(end, durationMs);
      open.add(end);
      if (signal.aborted) end();
    });
}
