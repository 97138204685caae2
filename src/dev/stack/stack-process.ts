import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from '../../temporal/setup-error';

/** What every started program offers, whether it is ours or Temporal's. */
export interface Running {
  readonly pid: number;
  /** `null` while it runs; then how it ended, in words. */
  readonly ended: () => string | null;
  readonly gone: Promise<void>;
  /** The last kB of what it wrote. */
  readonly lastWords: () => string;
  stop(): Promise<void>;
}

export type ProcessName = 'temporal' | 'simulator' | 'worker' | 'server';

/** One program of the stack, over its restarts. */
export interface StackProcess {
  readonly name: ProcessName;
  /** Both outputs, all restarts; lives on after the program. */
  readonly logFile: string;
  /** Changes with a restart. */
  readonly pid: number;
  /** `null` while it runs; then how it ended, in words. */
  ended(): string | null;
  /** Resolves, with how it ended, once the program that runs now is gone. */
  exited(): Promise<string>;
  /** Lets it end by itself (SIGTERM), within bounds. Resolves once it is gone. */
  stop(): Promise<void>;
  /** Default SIGKILL: the crash itself. Resolves once it is gone, so it takes a signal that ends the program. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal and does not wait, such as SIGSTOP and SIGCONT. */
  send(signal: NodeJS.Signals): void;
  /** Stops it if it runs and starts it again, same environment, same ports. Resolves when it is ready. */
  restart(): Promise<void>;
}

interface StackProcessOptions {
  readonly name: ProcessName;
  readonly logFile: string;
  /** Starts the program without waiting for more than its process. */
  readonly start: () => Promise<Running>;
  /** Whether it serves by now; an error counts as not yet. Left out: it serves when `start` resolves. */
  readonly isReady?: (pid: number) => Promise<boolean>;
  readonly startWithinMs: number;
  readonly signal?: AbortSignal;
}

const LOOK_AGAIN_MS = 100;

/**
 * Starts a program and waits until it is ready.
 * @throws SetupError with its last words when it ends or takes too long; it is gone then.
 */
export async function startProcess(options: StackProcessOptions): Promise<StackProcess> {
  const { name, logFile } = options;
  let running = await startReady(options);

  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    send(signal);
    await running.gone;
  };
  const send = (signal: NodeJS.Signals) => {
    if (running.ended() === null) process.kill(running.pid, signal);
  };
  return {
    name,
    logFile,
    get pid() {
      return running.pid;
    },
    ended: () => running.ended(),
    async exited() {
      const current = running;
      await current.gone;
      return current.ended() ?? 'ended';
    },
    stop: () => running.stop(),
    kill,
    send,
    async restart() {
      await running.stop();
      running = await startReady(options);
    },
  };
}

async function startReady(options: StackProcessOptions): Promise<Running> {
  const { name, logFile, start, isReady, startWithinMs, signal } = options;
  signal?.throwIfAborted();
  const deadlineMs = Date.now() + startWithinMs;
  const running = await start();
  try {
    while (isReady !== undefined && !(await isReady(running.pid).catch(() => false))) {
      const ended = running.ended();
      const why = ended ?? (Date.now() > deadlineMs ? `was not ready within ${startWithinMs} ms` : null);
      if (why !== null) {
        const said = running.lastWords();
        const words = said === '' ? 'It said nothing.' : `It said:\n${said}`;
        throw new SetupError(`The ${name} ${why}. ${words}\nIts log: ${logFile}`);
      }
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
    }
    signal?.throwIfAborted();
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}
