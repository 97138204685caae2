import { makePause } from '../../lib/make-pause';
import type { CliContext } from '../cli-context';
import { EXIT, REFUSALS, exitCodeOfError, worst, type ExitCode, type Refusal } from '../exit/exit-codes';
import { explain } from '../exit/explain';
import { runBulk, type BulkDeps, type BulkOrder, type BulkReport } from './bulk';
import { countsInWords, makeBulkView } from './bulk-view';
import { stopSignal, type RunOptions } from './run-one';

/** Refreshes many connections and says how that ended. */
export async function runMany(
  context: Pick<CliContext, 'io' | 'output'>,
  refreshes: BulkDeps['refreshes'],
  order: BulkOrder,
  { until, format, timeoutMs }: RunOptions,
): Promise<ExitCode> {
  const { io, output } = context;
  const { idempotencyKey } = order.request;
  output.note(`Idempotency key: ${idempotencyKey}`);
  const { signal: stop, why, release } = stopSignal(io, timeoutMs);
  stop.addEventListener('abort', () => {
    output.note(`${why()}: no new refreshes are started; those under way go on in Temporal.`);
  });
  const view = makeBulkView(context, format, order.request);
  const deps = { refreshes, now: io.now, events: view, makePause };
  const report = await runBulk(deps, order, until, stop).finally(() => {
    release();
    view.close();
  });
  for (const line of reportLines(report, idempotencyKey, until)) output.note(line);
  return exitCodeOfBulk(report, until);
}

function reportLines(
  { endings, running, notStarted, trouble, hindrance }: BulkReport,
  idempotencyKey: string,
  until: RunOptions['until'],
): readonly string[] {
  const total = endings.size + running.length + notStarted.length;
  const goingOn = until === 'begin' ? `of ${total} started or joined` : 'still running in Temporal';
  const isBegun = until === 'begin' && notStarted.length === 0;
  const next = isBegun
    ? 'To wait for them, give the same command without --no-wait'
    : 'To go on, give the same command';
  const some = (what: string, ids: readonly string[]) =>
    ids.length > 0 && `${ids.length} ${what}: ${someOf(ids)}.`;
  const refused = (refusal: Refusal) => {
    const ids = [...endings].filter(([, ending]) => ending === refusal).map(([id]) => id);
    return some(`${refusal} (${REFUSALS[refusal]})`, ids);
  };
  return [
    trouble !== null && explain(trouble),
    (until === 'end' || endings.size > 0) &&
      `${endings.size} of ${total} ended${endings.size === 0 ? '' : `: ${countsInWords(endings)}`}.`,
    refused('refused'),
    refused('stuck'),
    some(goingOn, running),
    some('not known to be started', notStarted),
    notStarted.length > 0 && trouble === null && hindrance !== null && `Last trouble: ${explain(hindrance)}`,
    running.length + notStarted.length > 0 &&
      `${next} within 24 hours with --idempotency-key ${idempotencyKey}: nothing is paid for twice.`,
  ].filter((line) => line !== false);
}

const SHOWN = 10;

/** The first ten, and how many more. */
export function someOf(ids: readonly string[]): string {
  const more = ids.length - SHOWN;
  return ids.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function exitCodeOfBulk(report: BulkReport, until: RunOptions['until']): ExitCode {
  const { endings, running, notStarted, trouble } = report;
  const open = until === 'begin' ? notStarted : [...running, ...notStarted];
  const unfinished = open.length > 0 ? EXIT.unfinished : EXIT.done;
  const rest = trouble === null ? unfinished : exitCodeOfError(trouble);
  return worst([...[...endings.values()].map((ending) => EXIT[ending]), rest]);
}
