import { linkSignals } from '../../lib/link-signals';
import type { CliIo } from '../terminal/process-io';

interface Stop {
  readonly signal: AbortSignal;
  /** Why it was aborted, as the beginning of a sentence. */
  readonly why: () => 'Interrupted' | 'Out of time';
  /** Clears the timer, which would keep the process alive. */
  readonly release: () => void;
}

/** Aborts when the program is interrupted or the time is over, whichever is first. */
export function stopSignal({ onInterrupt }: Pick<CliIo, 'onInterrupt'>, timeoutMs: number | null): Stop {
  const interrupted = onInterrupt();
  return {
    ...linkSignals([interrupted], timeoutMs ?? Infinity),
    why: () => (interrupted.aborted ? 'Interrupted' : 'Out of time'),
  };
}
