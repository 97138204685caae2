import { setTimeout as sleep } from 'node:timers/promises';
import type { CliContext } from '../cli-context';
import { EXIT, exitCodeOf, exitCodeOfError, worst } from '../exit/exit-codes';
import type { ExitCode } from '../exit/exit-codes';
import { explain } from '../exit/explain';
import { countsInWords, someOf } from '../format/bulk-counts';
import { REFUSALS } from '../exit/final-state';
import type { FinalState } from '../exit/final-state';
import { runBulk } from './bulk';
import type { BulkDeps, BulkOrder, BulkReport } from './bulk';
import { makeBulkView } from './bulk-view';
import type { RunOptions } from './run-one';
import { stopSignal } from './stop-signal';

/** Refreshes many connections and says how that ended. */
export async function runMany(
  { io, output }: Pick<CliContext, 'io' | 'output'>,
  refreshes: BulkDeps['refreshes'],
  order: BulkOrder,
  { concurrency, until, format, timeoutMs }: RunOptions & { readonly concurrency: number },
): Promise<ExitCode> {
  const { idempotencyKey } = order.request;
  output.note(`Idempotency key: ${idempotencyKey}`);
  const { signal: stop, why, release } = stopSignal(io, timeoutMs);
  stop.addEventListener('abort', () => {
    output.note(`${why()}: no new refreshes are started; those under way go on in Temporal.`);
  });
  const view = makeBulkView({
    output,
    format,
    terminal: io.stderr.isTTY === true,
    now: io.now,
    columns: () => io.stderr.columns,
  });
  const pause = (durationMs: number, signal: AbortSignal) =>
    sleep(durationMs, undefined, { signal }).catch(() => undefined);
  try {
    const report = await runBulk({ refreshes, now: io.now, events: view, pause }, order, {
      concurrency,
      until,
      stop,
    });
    view.close();
    for (const line of reportLines(report, idempotencyKey, until)) output.note(line);
    return exitCodeOfBulk(report, until);
  } finally {
    release();
    view.close();
  }
}

function reportLines(
  { endings, counts, running, notStarted, trouble, hindrance }: BulkReport,
  idempotencyKey: string,
  until: RunOptions['until'],
): readonly string[] {
  const total = endings.size + running.length + notStarted.length;
  const [goingOn, next] =
    until === 'begin'
      ? [`of ${total} started or joined`, 'To wait for them']
      : ['still running in Temporal', 'To go on'];
  const some = (what: string, ids: readonly string[]) =>
    ids.length > 0 && `${ids.length} ${what}: ${someOf(ids)}.`;
  const endedAs = (wanted: FinalState) => [...endings].flatMap(([id, end]) => (end === wanted ? [id] : []));
  return [
    trouble !== null && explain(trouble),
    (until === 'end' || endings.size > 0) &&
      `${endings.size} of ${total} ended${counts.size === 0 ? '' : `: ${countsInWords(counts)}`}.`,
    some(`refused (${REFUSALS.refused})`, endedAs('refused')),
    some(`stuck (${REFUSALS.stuck})`, endedAs('stuck')),
    some(goingOn, running),
    some('not started', notStarted),
    notStarted.length > 0 && trouble === null && hindrance !== null && `Last trouble: ${explain(hindrance)}`,
    running.length + notStarted.length > 0 &&
      `${next}, give the same command within 24 hours with --idempotency-key ${idempotencyKey}: nothing is paid for twice.`,
  ].filter((line) => line !== false);
}

function exitCodeOfBulk(
  { endings, running, notStarted, trouble }: BulkReport,
  until: RunOptions['until'],
): ExitCode {
  const open = until === 'begin' ? notStarted : [...running, ...notStarted];
  return worst([
    ...[...endings.values()].map(exitCodeOf),
    ...(trouble === null ? [] : [exitCodeOfError(trouble)]),
    ...(open.length > 0 && trouble === null ? [EXIT.unfinished] : []),
  ]);
}
