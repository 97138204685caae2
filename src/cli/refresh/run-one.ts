import type { RefreshClient, RefreshDescription, RefreshRequest } from '../../client';
import { asTold } from '../../client/answer-for-caller';
import { linkSignals } from '../../lib/link-signals';
import { EXIT, finalStateOf, type ExitCode } from '../exit/exit-codes';
import { begun, progressLine, summaryLine, timeLeft, waitsForOthers } from '../format/description';
import type { CliContext, CliIo } from '../cli-context';
import type { Format } from '../terminal/output';
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
  const { connectionId, disposition } = handle;
  const [value, line] = begun(handle);
  if (until === 'begin') {
    output.answer(format, value, line);
    return EXIT.done;
  }
  output.note(line);
  const stop = stopSignal(io, timeoutMs);
  let said: string | null = null;
  const show = (run: RefreshDescription): undefined => {
    // Just begun: there is nothing to tell yet.
    if (run.progress === null && run.activity === undefined && !run.progressUnreadable) return;
    const left = timeLeft(run, io.now());
    const others = waitsForOthers(run, request);
    if (others !== null && others !== said) output.note(others);
    said = others;
    output.live(progressLine(run), left === '' ? '' : `${left}  `);
  };
  // As it ends, or as it is when the waiting does.
  const follow = async (): Promise<RefreshDescription> => {
    const first = await handle.progress();
    if (first.state !== 'running' || stop.signal.aborted) return first;
    show(first);
    return watchRun(refreshes, handle, stop.signal, show);
  };
  const run = await follow().finally(() => {
    stop.release();
    output.endLive();
  });
  const description = asTold(run, handle);

  output.answer(format, { ...description, disposition }, summaryLine(description, io.now()));
  const ending = finalStateOf(description);
  if (ending !== null) return EXIT[ending];
  output.note(
    `${stop.why()}: the refresh goes on in Temporal. To see it: meld-refresh status ${connectionId}`,
  );
  output.note(`To stop it: meld-refresh cancel ${connectionId}`);
  return EXIT.unfinished;
}

/** Aborts when the program is interrupted or the time is over, whichever is first; `release` clears the timer. */
export function stopSignal({ onInterrupt }: Pick<CliIo, 'onInterrupt'>, timeoutMs: number | null) {
  const interrupted = onInterrupt();
  return {
    ...linkSignals([interrupted], timeoutMs ?? Infinity),
    /** Why it was aborted, as the beginning of a sentence. */
    why: () => (interrupted.aborted ? 'Interrupted' : 'Out of time'),
  };
}
