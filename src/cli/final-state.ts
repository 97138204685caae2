import { OUTCOMES } from '../client';
import type { RefreshDescription } from '../client';

/**
 * How a connection's part in a bulk ended: the run's outcome, a run without one; `refused`, when the connection was not
 * made with the products asked for or the key was given with another request; `stuck`, when its open run takes no callers.
 */
export const FINAL_STATES = [...OUTCOMES, 'canceled', 'failed', 'refused', 'stuck'] as const;

export type FinalState = (typeof FINAL_STATES)[number];

/** `null` while the run has its end to come. */
export function finalStateOf({ state, outcome }: RefreshDescription): FinalState | null {
  if (state === 'running') return null;
  return state === 'ended' ? (outcome ?? 'failed') : state;
}
