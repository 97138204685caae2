import type { CliContext } from '../cli-context';
import { EXIT } from '../exit/exit-codes';
import { explain } from '../exit/explain';
import { begun, summaryLine, waitsForOthers } from '../format/description';
import { inWords } from '../format/time';
import type { Format } from '../terminal/output';
import type { BulkEvents, BulkOrder, Tally } from './bulk';

/** 100 ms: people see no more changes than that. What has not changed is not drawn again. */
const REDRAW_MS = 100;
const BAR_WIDTH = 20;

/** A line for each connection as it ends; on a terminal a bar below them, until `close`. */
export function makeBulkView(
  { io: { now }, output }: Pick<CliContext, 'io' | 'output'>,
  format: Format,
  request: BulkOrder['request'],
): BulkEvents & { readonly close: () => void } {
  const beganMs = now();
  let latest: Tally | null = null;
  const draw = (): void => {
    if (latest !== null) output.live(bulkLine(latest, now() - beganMs, output.columns()));
  };
  const timer = output.terminal ? setInterval(draw, REDRAW_MS) : undefined;
  return {
    ended: (run) => output.answer(format, run, summaryLine(run, now())),
    idle: (run) => {
      const why = waitsForOthers(run, request);
      if (why !== null) output.note(why);
    },
    refused: (connectionId, state, error) => {
      const { code, message } = error;
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

/** How far a bulk has come, in one line: a bar, and counts per outcome. Without room, the counts first, and no bar. */
export function bulkLine({ total, endings, ...open }: Tally, elapsedMs: number, width: number): string {
  const done = endings.size;
  const count = `${done}/${total}`;
  const bar = '#'.repeat(Math.floor((BAR_WIDTH * done) / total)).padEnd(BAR_WIDTH, '.');
  const time = [inWords(elapsedMs), elapsedMs >= 1_000 && `${Math.round((done * 60_000) / elapsedMs)}/min`];
  const rest = [
    open.underWay > 0 && `${open.underWay} under way`,
    open.waiting > 0 && `${open.waiting} waiting`,
    open.toStart > 0 && `${open.toStart} to start`,
  ];
  const ended = countsInWords(endings);
  const line = (...parts: readonly (string | false)[]): string => parts.filter(Boolean).join('  ');
  const whole = line(`[${bar}] ${count}`, ...time, ...rest, ended);
  // A line that fills its terminal would wrap.
  return whole.length < width ? whole : line(count, ended, ...rest, ...time);
}

/** `refreshed 12, rate_limited 3`: only those there are. */
export function countsInWords(endings: Tally['endings']): string {
  const all = [...endings.values()];
  return Object.keys(EXIT)
    .map((state) => [state, all.filter((ending) => ending === state).length] as const)
    .filter(([, count]) => count > 0)
    .map((stateAndCount) => stateAndCount.join(' '))
    .join(', ');
}
