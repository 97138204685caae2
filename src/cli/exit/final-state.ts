import { OUTCOMES } from '../../client';
import type { RefreshDescription } from '../../client';

/** Why a connection of a bulk got no run, in words for its summary. */
export const REFUSALS = {
  refused: 'it lacks a product that was asked for, or the key came with another request before',
  stuck: 'its open run takes no callers',
} as const;

export type Refusal = keyof typeof REFUSALS;

/** How a connection's part in a bulk ended: by the run's outcome, by a run without one, or without a run. */
export const FINAL_STATES = [...OUTCOMES, 'canceled', 'failed', 'refused', 'stuck'] as const;

export type FinalState = (typeof FINAL_STATES)[number];

/** `null` while the run has its end to come. */
export function finalStateOf({ state, outcome }: RefreshDescription): FinalState | null {
  if (state === 'running') return null;
  return state === 'ended' ? (outcome ?? 'failed') : state;
}
