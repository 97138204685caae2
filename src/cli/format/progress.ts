import type { Progress, RefreshDescription, RefreshRequest } from '../../client';
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
  const { deadline = null } = (terms as Partial<Progress['terms']> | undefined) ?? {};
  const isSaid = waitingUntil === deadline || why.includes(readable(waitingUntil));
  const next = waitingUntil === null || isSaid ? '' : `, next step at ${readable(waitingUntil)}`;
  return next + (deadline === null || phase === 'ended' ? '' : `, gives up at ${readable(deadline)}`);
}

export const readable = (instant: string | null): string =>
  instant === null ? 'never' : toReadable(Date.parse(instant));

/** How long until what is waited for, seen from now; empty when nothing is waited for. */
export function timeLeft({ progress, activity }: RefreshDescription, nowMs: number): string {
  if (!progress?.waitingUntil || activity !== undefined) return '';
  const leftMs = Date.parse(progress.waitingUntil) - nowMs;
  return leftMs > 0 ? `next step in ${inWords(leftMs)}` : '';
}

/** Why a run waits although this request would not; `null` when it does not. */
export function waitsForOthers(
  { connectionId, progress }: RefreshDescription,
  { onRateLimit = 'wait', onRepair = 'return' }: Pick<RefreshRequest, 'onRateLimit' | 'onRepair'>,
): string | null {
  const { phase, terms } = progress ?? {};
  const window = phase === 'waiting_for_window' && onRateLimit === 'return' && terms?.onRateLimit === 'wait';
  const repair = phase === 'waiting_for_repair' && onRepair === 'return' && terms?.onRepair === 'wait';
  if (!window && !repair) return null;
  return `${connectionId}  waits because another caller of this refresh said wait, which counts for all. To wait no longer here: Ctrl-C, or --timeout.`;
}
