import { RefreshNotFoundError } from '../../client';
import type { RefreshClient, RefreshDescription, RefreshHandle, RefreshRequest } from '../../client';
import { asTold } from '../../client/as-told';
import type { CliContext } from '../cli-context';
import type { Format } from '../terminal/output';
import { finalStateOf } from '../exit/final-state';
import { EXIT, exitCodeOf } from '../exit/exit-codes';
import type { ExitCode } from '../exit/exit-codes';
import { summaryLine } from '../format/description';
import { progressLine, timeLeft } from '../format/progress';
import { stopSignal } from './stop-signal';
import { watchRun } from './watch-run';

export interface RunOptions {
  readonly until: 'end' | 'begin';
  readonly format: Format;
  /** How long to wait at most; `null`: until the end. */
  readonly timeoutMs: number | null;
}

/** Starts or joins one refresh, shows how it gets on, and says how it ended. */
export async function runOne(
  { io, output }: Pick<CliContext, 'io' | 'output'>,
  refreshes: RefreshClient,
  request: RefreshRequest,
  { until, format, timeoutMs }: RunOptions,
): Promise<ExitCode> {
  const handle = await refreshes.refresh(request);
  const { connectionId, runId, disposition } = handle;
  const begun = `${connectionId}  ${disposition}: run ${runId}`;
  if (until === 'begin') {
    output.answer(format, { connectionId, runId, disposition }, begun);
    return EXIT.fresh;
  }
  output.note(begun);
  const stop = stopSignal(io, timeoutMs);
  const show = (run: RefreshDescription): undefined => {
    const left = timeLeft(run, io.now());
    output.live(progressLine(run), left === '' ? '' : `${left}  `);
  };
  const run = await follow(refreshes, handle, stop.signal, show).finally(() => {
    stop.release();
    output.endLive();
  });
  const description = asTold(run, handle);

  output.answer(format, { ...description, disposition }, summaryLine(description, io.now()));
  const ending = finalStateOf(description);
  if (ending !== null) return exitCodeOf(ending);
  output.note(
    `${stop.why()}: the refresh goes on in Temporal. To see it: meld-refresh status ${connectionId}`,
  );
  output.note(`To stop it: meld-refresh cancel ${connectionId}`);
  return EXIT.unfinished;
}

/** Shows how the run gets on until it ends, or until it is told to stop: the run as last seen. */
async function follow(
  refreshes: RefreshClient,
  handle: RefreshHandle,
  stop: AbortSignal,
  progressed: (run: RefreshDescription) => undefined,
): Promise<RefreshDescription> {
  const { connectionId, runId } = handle;
  const first = await handle.progress();
  if (first.state !== 'running' || stop.aborted) return first;
  progressed(first);
  const last = await watchRun({ refreshes, connectionId, runId, stop, progressed });
  if (last === null) throw new RefreshNotFoundError(connectionId, runId);
  return last;
}
