import type { RefreshClient, RefreshRequest } from '../../client';
import type { CliContext } from '../cli-context';
import { finalStateOf } from '../final-state';
import { EXIT, exitCodeOf } from '../exit-codes';
import type { ExitCode } from '../exit-codes';
import { summaryLine } from '../format/description';
import { followOne } from './follow-one';
import { stopSignal } from './stop-signal';

export interface RunOptions {
  readonly until: 'end' | 'begin';
  readonly format: 'lines' | 'json';
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
  if (until === 'begin') {
    if (format === 'json') output.json({ connectionId, runId, disposition });
    else output.line(`${connectionId}  ${disposition}: run ${runId}`);
    return EXIT.fresh;
  }
  output.note(`${connectionId}  ${disposition}: run ${runId}`);
  const stop = stopSignal(io, timeoutMs);
  const description = await followOne({ refreshes, output, now: io.now, stop: stop.signal }, handle).finally(
    stop.release,
  );

  if (format === 'json') output.json({ ...description, disposition });
  else output.line(summaryLine(description, io.now()));
  const ending = finalStateOf(description);
  if (ending !== null) return exitCodeOf(ending);
  output.note(
    `${stop.why()}: the refresh goes on in Temporal. To see it: meld-refresh status ${connectionId}`,
  );
  output.note(`To stop it: meld-refresh cancel ${connectionId}`);
  return EXIT.unfinished;
}
