import { setTimeout as sleep } from 'node:timers/promises';
import {
  RefreshNotFoundError,
  type RefreshClient,
  type RefreshDescription,
  type RefreshHandle,
} from '../../client';
import { linkSignals } from '../../lib/link-signals';

/** From 2 s to 10 s between two reads of the progress: at most three in the first ten seconds of one run. */
const FIRST_READ_MS = 2_000;
const READ_FACTOR = 1.5;
const LONGEST_READ_MS = 10_000;

/**
 * Waits for the end of a run by one long poll, and reads its progress now and then beside it.
 * @param progressed told how the run gets on; `'enough'` ends the watch
 * @returns the run at its end, or as it is when the watch is ended
 * @throws RefreshNotFoundError when it is not known any more
 */
export async function watchRun(
  refreshes: Pick<RefreshClient, 'wait'>,
  handle: RefreshHandle,
  stop: AbortSignal,
  progressed: (description: RefreshDescription) => 'enough' | undefined,
): Promise<RefreshDescription> {
  const { connectionId, runId } = handle;
  const over = new AbortController();
  const { signal } = linkSignals([stop, over.signal]);
  const readNowAndThen = async (): Promise<void> => {
    for (let pauseMs = FIRST_READ_MS; ; pauseMs = Math.min(pauseMs * READ_FACTOR, LONGEST_READ_MS)) {
      await sleep(pauseMs, undefined, { signal });
      // A read that fails is no harm: the wait says what is wrong.
      const description = await handle.progress().catch(() => null);
      if (signal.aborted) return;
      if (description?.state === 'running' && progressed(description) === 'enough') over.abort();
    }
  };
  readNowAndThen().catch(() => undefined);
  const run = await refreshes.wait(connectionId, { runId, signal }).finally(() => over.abort());
  if (run === null) throw new RefreshNotFoundError(connectionId, runId);
  return run;
}
