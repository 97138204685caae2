import { setMaxListeners } from 'node:events';

/** The longest a timer can run, some 24 days: beyond it, it would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Stops listening and clears the timer; the signal aborts no more. */
  readonly release: () => void;
}

/**
 * A signal that aborts with the first of the others, or when the time is over. `AbortSignal.any` holds what it is
 * made of weakly: the garbage collector takes its timeout with it (Node 20), and it never aborts.
 */
export function linkSignals(signals: readonly AbortSignal[], timeoutMs = Infinity): LinkedSignal {
  const linked = new AbortController();
  const abort = (): void => {
    release();
    linked.abort();
  };
  const timer = timeoutMs === Infinity ? undefined : setTimeout(abort, Math.min(timeoutMs, LONGEST_TIMER_MS));
  const release = (): void => {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', abort);
  };
  // As many may share a signal as wait at once; beyond ten Node would warn of a leak.
  setMaxListeners(0, ...[linked.signal, ...signals].filter((signal) => signal instanceof EventTarget));
  for (const signal of signals) signal.addEventListener('abort', abort);
  if (signals.some(({ aborted }) => aborted)) abort();
  return { signal: linked.signal, release };
}
