import { FINAL_STATES } from '../exit/final-state';
import type { FinalState } from '../exit/final-state';

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
