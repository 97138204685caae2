import { linkSignals } from '../../lib/link-signals';
import type { CliIo } from '../terminal/process-io';

/** Aborts when the program is interrupted or the time is over, whichever is first; `release` clears the timer. */
export function stopSignal({ onInterrupt }: Pick<CliIo, 'onInterrupt'>, timeoutMs: number | null) {
  const interrupted = onInterrupt();
  return {
    ...linkSignals([interrupted], timeoutMs ?? Infinity),
    /** Why it was aborted, as the beginning of a sentence. */
    why: () => (interrupted.aborted ? 'Interrupted' : 'Out of time'),
  };
}
