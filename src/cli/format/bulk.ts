import { FINAL_STATES } from '../final-state';
import type { FinalState } from '../final-state';
import { inWords } from './time';
import type { Tally } from '../refresh/bulk';

const BAR_WIDTH = 20;
const MINUTE_MS = 60_000;

/** How far a bulk has come, in one line: a bar, and counts per outcome. */
export function bulkLine({ total, endings, underWay, waiting, toStart }: Tally, elapsedMs: number): string {
  const done = [...endings.values()].reduce((sum, count) => sum + count, 0);
  const filled = total === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * done) / total);
  const bar = '#'.repeat(filled).padEnd(BAR_WIDTH, '.');
  const open = [
    underWay > 0 ? `${underWay} under way` : '',
    waiting > 0 ? `${waiting} waiting` : '',
    toStart > 0 ? `${toStart} to start` : '',
  ];
  const rate = elapsedMs < MINUTE_MS / 60 ? '' : `${Math.round((done * MINUTE_MS) / elapsedMs)}/min`;
  return [`[${bar}] ${done}/${total}`, inWords(elapsedMs), rate, ...open, countsInWords(endings)]
    .filter((part) => part !== '')
    .join('  ');
}

/** `refreshed 12, rate_limited 3`: in the order of the outcomes, only those there are. */
export function countsInWords(endings: ReadonlyMap<FinalState, number>): string {
  return FINAL_STATES.filter((ending) => endings.has(ending))
    .map((ending) => `${ending} ${endings.get(ending) ?? 0}`)
    .join(', ');
}

const SHOWN = 10;

/** The first ten, and how many more. */
export function someOf(ids: readonly string[]): string {
  const more = ids.length - SHOWN;
  return ids.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
