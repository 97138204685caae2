import type { Progress, RefreshDescription } from '../../client';
import { toReadable } from '../../refresh/model/instant';
import { titled } from '../../refresh/model/progress';
import { inWords } from './time';

/** What it is doing right now, or phase, reason and what is waited for, as it stays until something changes. */
export function progressLine(description: RefreshDescription): string {
  const { connectionId, progress, progressUnreadable, activity } = description;
  if (activity !== undefined) return `${connectionId}  ${activity}`;
  if (progressUnreadable)
    return `${connectionId}  running: its progress cannot be read with these PAYLOAD_KEYS`;
  if (progress === null) return `${connectionId}  running: before its first step`;
  return `${connectionId}  ${titled(progress)}${instants(progress)}`;
}

/** Each instant once: a window's end may be in the reason already. */
function instants({ phase, why, waitingUntil, terms }: Progress): string {
  // A memo that an older worker wrote has no terms.
  const { deadline } = (terms as Partial<Progress['terms']> | undefined) ?? {};
  const isPolling = why.includes('; polling: ') || phase !== 'waiting_for_data';
  return [
    ...(waitingUntil === null || waitingUntil === deadline || why.includes(readable(waitingUntil))
      ? []
      : [`${isPolling ? 'waits until' : 'next poll at'} ${readable(waitingUntil)}`]),
    ...(deadline === undefined || phase === 'ended' ? [] : [`gives up at ${readable(deadline)}`]),
  ]
    .map((part) => `, ${part}`)
    .join('');
}

const readable = (instant: string): string => toReadable(Date.parse(instant));

/** How long until what is waited for, seen from now; empty when nothing is waited for. */
export function timeLeft({ progress, activity }: RefreshDescription, nowMs: number): string {
  if (!progress?.waitingUntil || activity !== undefined) return '';
  const leftMs = Date.parse(progress.waitingUntil) - nowMs;
  return leftMs > 0 ? `next step in ${inWords(leftMs)}` : '';
}
