import { setTimeout as sleep } from 'node:timers/promises';
import type { RefreshClient, RefreshDescription } from '../../client';
import { linkSignals } from '../../lib/link-signals';

interface WatchOptions {
  readonly refreshes: Pick<RefreshClient, 'wait' | 'describe'>;
  readonly connectionId: string;
  readonly runId: string;
  readonly stop: AbortSignal;
  /** Told how the run gets on; `'enough'` ends the watch. */
  readonly progressed: (description: RefreshDescription) => 'enough' | undefined;
}

/** From 2 s to 10 s between two reads of the progress: at most three in the first ten seconds of one run. */
const FIRST_READ_MS = 2_000;
const READ_FACTOR = 1.5;
const LONGEST_READ_MS = 10_000;

/**
 * Waits for the end of a run by one long poll, and reads its progress now and then beside it.
 * @returns the run at its end, or as it is when the watch is ended; `null` when it is not known any more
 */
export async function watchRun(options: WatchOptions): Promise<RefreshDescription | null> {
  const { refreshes, connectionId, runId, progressed } = options;
  const enough = new AbortController();
  const stop = linkSignals([options.stop, enough.signal]);
  const done = new AbortController();
  const readNowAndThen = async (): Promise<void> => {
    for (let pauseMs = FIRST_READ_MS; ; pauseMs = Math.min(pauseMs * READ_FACTOR, LONGEST_READ_MS)) {
      await sleep(pauseMs, undefined, { signal: done.signal });
      // A read that fails is no harm: the wait says what is wrong.
      const description = await refreshes.describe(connectionId, runId).catch(() => null);
      if (done.signal.aborted) return;
      if (description?.state === 'running' && progressed(description) === 'enough') enough.abort();
    }
  };
  readNowAndThen().catch(() => undefined);
  try {
    return await refreshes.wait(connectionId, { runId, signal: stop.signal });
  } finally {
    done.abort();
    stop.release();
  }
}
