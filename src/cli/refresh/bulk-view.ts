import { explain } from '../exit/explain';
import { countsInWords } from '../format/bulk-counts';
import { begun, summaryLine } from '../format/description';
import { inWords } from '../format/time';
import type { Format, Output } from '../terminal/output';
import type { BulkEvents, Tally } from './bulk';

interface BulkViewOptions {
  readonly output: Output;
  readonly format: Format;
  readonly terminal: boolean;
  readonly now: () => number;
  /** Of the terminal that the bar is drawn on. */
  readonly columns: () => number | undefined;
}

/** 100 ms: people see no more changes than that. What has not changed is not drawn again. */
const REDRAW_MS = 100;
const BAR_WIDTH = 20;

/** A line for each connection as it ends; on a terminal a bar below them, until `close`. */
export function makeBulkView({
  output,
  format,
  terminal,
  now,
  columns,
}: BulkViewOptions): BulkEvents & { readonly close: () => void } {
  const beganMs = now();
  let latest: Tally | null = null;
  const draw = (): void => {
    if (latest !== null) output.live(bulkLine(latest, now() - beganMs, columns()));
  };
  const timer = terminal ? setInterval(draw, REDRAW_MS) : undefined;
  return {
    ended: (run) => output.answer(format, run, summaryLine(run, now())),
    refused: (error, state) => {
      const { connectionId, code, message } = error;
      const refused = { connectionId, state, error: { code, message } };
      output.answer(format, refused, `${connectionId}  ${state}: ${explain(error)}`);
    },
    begun: (handle) => output.answer(format, ...begun(handle)),
    changed: (tally) => void (latest = tally),
    close: () => {
      clearInterval(timer);
      output.endLive();
    },
  };
}

/**
 * How far a bulk has come, in one line: a bar, and counts per outcome. Where that has no room, the counts come first, without
 * a bar.
 */
export function bulkLine(
  { total, endings, underWay, waiting, toStart }: Tally,
  elapsedMs: number,
  width = Infinity,
): string {
  const done = [...endings.values()].reduce((sum, count) => sum + count, 0);
  const filled = total === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * done) / total);
  const open = [
    underWay > 0 && `${underWay} under way`,
    waiting > 0 && `${waiting} waiting`,
    toStart > 0 && `${toStart} to start`,
  ];
  const rate = elapsedMs >= 1_000 && `${Math.round((done * 60_000) / elapsedMs)}/min`;
  const time = [inWords(elapsedMs), rate];
  const count = `${done}/${total}`;
  const bar = `[${'#'.repeat(filled).padEnd(BAR_WIDTH, '.')}] ${count}`;
  const line = (...parts: readonly (string | false)[]): string => parts.filter(Boolean).join('  ');
  const whole = line(bar, ...time, ...open, countsInWords(endings));
  // A line that fills its terminal would wrap.
  return whole.length < width ? whole : line(count, countsInWords(endings), ...open, ...time);
}
