import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../lib/error-message';
import { SetupError } from '../temporal/setup-error';
import type { Child } from './child-process';

export interface Readiness {
  /** What is started, as the error names it. */
  readonly name: string;
  /** Whether it serves by now; an error counts as not yet. Left out: it does. */
  readonly isReady?: (pid: number) => Promise<boolean>;
  readonly startWithinMs: number;
  readonly logFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** 100 ms: a start takes one to three seconds. */
const RETRY_MS = 100;

/**
 * Waits until a program serves.
 * @throws SetupError with the end of its output when it ends or takes too long; it has exited then.
 */
export async function untilReady(
  child: Child,
  { name, isReady = () => Promise.resolve(true), startWithinMs, logFile, signal }: Readiness,
): Promise<void> {
  const deadlineMs = Date.now() + startWithinMs;
  let lastError = '';
  const serves = () =>
    isReady(child.pid).catch((error: unknown) => {
      lastError = ` (${errorMessage(error)})`;
      return false;
    });
  try {
    signal?.throwIfAborted();
    while (!(await serves())) {
      const late = Date.now() > deadlineMs ? `was not ready within ${startWithinMs} ms${lastError}` : null;
      const why = child.exitReason() ?? late;
      if (why !== null) {
        const output = child.outputTail();
        const tail = output === '' ? 'It wrote nothing.' : `It wrote:\n${output}`;
        const log = logFile === undefined ? '' : `\nIts log: ${logFile}`;
        throw new SetupError(`The ${name} ${why}. ${tail}${log}`);
      }
      await sleep(RETRY_MS, undefined, { signal });
    }
    signal?.throwIfAborted();
  } catch (error) {
    await child.stop();
    throw error;
  }
}
