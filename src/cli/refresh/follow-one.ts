import type { RefreshClient, RefreshDescription, RefreshHandle } from '../../client';
import { RefreshNotFoundError } from '../../client';
import { progressLine, timeLeft } from '../format/progress';
import type { Output } from '../output';

export interface FollowDeps {
  readonly refreshes: Pick<RefreshClient, 'wait'>;
  readonly output: Output;
  readonly now: () => number;
  /** Ends the following, not the refresh. */
  readonly stop: AbortSignal;
}

/** 1 s: how soon people see a change, and how soon an interruption is heeded. */
const SLICE_MS = 1_000;

/**
 * Shows how the run gets on until it ends, or until it is told to stop.
 * @returns the run as last seen
 * @throws RefreshNotFoundError, TemporalUnavailableError, TemporalRejectedError
 */
export async function followOne(
  { refreshes, output, now, stop }: FollowDeps,
  { connectionId, runId, progress }: Pick<RefreshHandle, 'connectionId' | 'runId' | 'progress'>,
): Promise<RefreshDescription> {
  try {
    let description = await progress();
    while (description.state === 'running' && !stop.aborted) {
      output.live(progressLine(description), timeLeft(description, now()));
      const next = await refreshes.wait(connectionId, { runId, timeoutMs: SLICE_MS });
      if (next === null) throw new RefreshNotFoundError(connectionId, runId);
      description = next;
    }
    return description;
  } finally {
    output.endLive();
  }
}
