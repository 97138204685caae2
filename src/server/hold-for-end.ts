import type { RefreshClient, RefreshDescription } from '../client';

/** One look at Temporal lasts no longer than this, so that little is left behind when the caller hangs up. */
const LOOK_MS = 10_000;

interface HoldOptions {
  readonly refreshes: Pick<RefreshClient, 'wait'>;
  readonly connectionId: string;
  /** Left out: the latest run, and then that very run until it ends. */
  readonly runId?: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/**
 * Waits for the end of a run.
 * @returns the run as it is then or when the time is over; `null` when there is none; `'interrupted'` by the signal.
 */
export async function holdForEnd(options: HoldOptions): Promise<RefreshDescription | null | 'interrupted'> {
  const { refreshes, connectionId, seconds, signal } = options;
  const untilMs = performance.now() + seconds * 1_000;
  let { runId } = options;

  const done = new AbortController();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('interrupted'), { once: true, signal: done.signal });
  });
  try {
    for (;;) {
      if (signal.aborted) return 'interrupted';
      const leftMs = Math.max(0, untilMs - performance.now());
      const look = refreshes.wait(connectionId, {
        timeoutMs: Math.min(leftMs, LOOK_MS),
        ...(runId === undefined ? {} : { runId }),
      });
      const seen = await Promise.race([look, interrupted]);
      if (seen === null || seen === 'interrupted') return seen;
      if (seen.state !== 'running' || leftMs <= LOOK_MS) return seen;
      runId = seen.runId;
    }
  } finally {
    done.abort();
  }
}
