import { createColors } from 'picocolors';
import type { Sink } from '../cli-context';

const GOOD = 'refreshed|already_fresh|ok';
const WAITING = 'repair_required|rate_limited|running|note';
const BAD = 'escalated|not_refreshable|not_found|failed|canceled|refused|stuck|wrong';
/** Where a word says how something stands: in a column of its own, or before a colon. */
const STANDING = new RegExp(`(?<=^|\\s{2})(?:(${GOOD})|(${WAITING})|(${BAD}))(?=$|:|\\s{2})`);

/** Colours the word that says how a line's subject stands, on terminals that show colours (https://no-color.org). */
export function makePaint(sink: Sink, env: NodeJS.ProcessEnv): (line: string) => string {
  const shown = sink.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const { green, yellow, red } = createColors(shown);
  return (line) =>
    line.replace(STANDING, (word, good?: string, waiting?: string) =>
      good ? green(word) : waiting ? yellow(word) : red(word),
    );
}
