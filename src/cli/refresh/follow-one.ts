import type { RefreshClient, RefreshDescription, RefreshHandle } from '../../client';
import { RefreshNotFoundError } from '../../client';
import { progressLine, timeLeft } from '../format/progress';
import type { Output } from '../output';
import { watchRun } from './watch-run';

export interface FollowDeps {
  readonly refreshes: Pick<RefreshClient, 'wait' | 'describe'>;
  readonly output: Output;
  readonly now: () => number;
  /** Ends the following, not the refresh. */
  readonly stop: AbortSignal;
}

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
    const show = (description: RefreshDescription): 'go_on' => {
      const left = timeLeft(description, now());
      output.live(progressLine(description), left === '' ? '' : `${left}  `);
      return 'go_on';
    };
    const first = await progress();
    if (first.state !== 'running' || stop.aborted) return first;
    show(first);
    const last = await watchRun({ refreshes, connectionId, runId, stop, progressed: show });
    if (last === null) throw new RefreshNotFoundError(connectionId, runId);
    return last;
  } finally {
    output.endLive();
  }
}
