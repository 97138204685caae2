import type { CliIo } from '../cli-io';

/** The longest a timer can run, some 24 days: beyond it, it would ring at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export interface Stop {
  readonly signal: AbortSignal;
  /** Why it was aborted, as the beginning of a sentence. */
  readonly why: () => 'Interrupted' | 'Out of time';
}

/** Aborts when the program is interrupted or the time is over, whichever is first. */
export function stopSignal({ onInterrupt }: Pick<CliIo, 'onInterrupt'>, timeoutMs: number | null): Stop {
  const interrupted = onInterrupt();
  const timeouts = timeoutMs === null ? [] : [AbortSignal.timeout(Math.min(timeoutMs, LONGEST_TIMER_MS))];
  return {
    signal: AbortSignal.any([interrupted, ...timeouts]),
    why: () => (interrupted.aborted ? 'Interrupted' : 'Out of time'),
  };
}
