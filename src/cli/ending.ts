import { OUTCOMES } from '../client';
import type { RefreshDescription } from '../client';

/**
 * How a connection's part in a bulk ended: the run's outcome, a run without one, or `refused`, when the connection
 * was not made with the products asked for.
 */
export const ENDINGS = [...OUTCOMES, 'canceled', 'failed', 'refused'] as const;

export type Ending = (typeof ENDINGS)[number];

/** `null` while the run has its end to come. */
export function endingOf({ state, outcome }: RefreshDescription): Ending | null {
  if (state === 'running') return null;
  return state === 'ended' ? (outcome ?? 'failed') : state;
}
