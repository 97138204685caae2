import type { Phase, RefreshDescription } from '../../client';
import { inWords } from './time';

const PHASES: Readonly<Record<Phase, string>> = {
  reading: 'reading the connection',
  calling: 'asking Meld for a refresh',
  waiting_for_data: 'waiting for data',
  waiting_for_window: "waiting for the provider's window",
  waiting_to_call: 'waiting to call again',
  waiting_for_status: "waiting for the connection's status",
  waiting_for_repair: "waiting for the customer's repair",
  ended: 'ended',
};

/** What it is doing right now, or phase, reason and what is waited for, as it stays until something changes. */
export function progressLine({ connectionId, progress, activity }: RefreshDescription): string {
  if (activity !== undefined) return `${connectionId}  ${activity}`;
  if (progress === null) return `${connectionId}  starting`;
  const { phase, why, waitingUntil } = progress;
  const until = waitingUntil === null ? '' : `, until ${waitingUntil} at the latest`;
  // A newer worker may name a phase that is not known here.
  const title: string = phase in PHASES ? PHASES[phase] : phase;
  return `${connectionId}  ${title}: ${why}${until}`;
}

/** How long until then, seen from now. */
export function timeLeft({ progress }: RefreshDescription, nowMs: number): string {
  if (!progress?.waitingUntil) return '';
  const leftMs = Date.parse(progress.waitingUntil) - nowMs;
  return leftMs > 0 ? ` (${inWords(leftMs)})` : '';
}
