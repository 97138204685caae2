import type { Child } from '../child-process';
import { untilReady } from '../until-ready';

export type ProcessName = 'temporal' | 'simulator' | 'worker' | 'server';

/** One program of the stack, over its restarts. */
export interface StackProcess {
  readonly name: ProcessName;
  /** Both outputs, all restarts; lives on after the program. */
  readonly logFile: string;
  /** Changes with a restart. */
  readonly pid: number;
  /** `null` while it runs; then how it ended, in words. */
  exitReason(): string | null;
  /** Resolves, with how it ended, once the program that runs now has exited. */
  exited(): Promise<string>;
  /** Lets it end by itself (SIGTERM), within bounds. Resolves once it has exited. */
  stop(): Promise<void>;
  /** Default SIGKILL: the crash itself. Resolves once it has exited, so it takes a signal that ends the program. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal and does not wait, such as SIGSTOP and SIGCONT. */
  send(signal: NodeJS.Signals): void;
  /** Stops it if it runs and starts it again, same environment, same ports. Resolves when it is ready. */
  restart(): Promise<void>;
}

export interface Program {
  /** Starts it without waiting for more than its process. */
  readonly start: (logFile: string) => Promise<Child>;
  /** Whether it serves by now; an error counts as not yet. Left out: it serves when `start` resolves. */
  readonly isReady?: (pid: number) => Promise<boolean>;
}

interface StackProcessOptions extends Program {
  readonly name: ProcessName;
  readonly logFile: string;
  readonly startWithinMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Starts a program and waits until it is ready.
 * @throws SetupError with the end of its output when it ends or takes too long; it has exited then.
 */
export async function startProcess(options: StackProcessOptions): Promise<StackProcess> {
  const { name, logFile } = options;
  let running = await startReady(options);

  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    send(signal);
    await running.exited;
  };
  const send = (signal: NodeJS.Signals) => {
    if (running.exitReason() === null) process.kill(running.pid, signal);
  };
  return {
    name,
    logFile,
    get pid() {
      return running.pid;
    },
    exitReason: () => running.exitReason(),
    async exited() {
      const current = running;
      await current.exited;
      return current.exitReason() ?? 'ended';
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

async function startReady(options: StackProcessOptions): Promise<Child> {
  const { name, logFile, start, isReady = () => Promise.resolve(true), startWithinMs, signal } = options;
  signal?.throwIfAborted();
  const running = await start(logFile);
  await untilReady(running, { name, isReady, withinMs: startWithinMs, logFile, signal });
  return running;
}
