import type { Child } from '../child-process';
import { untilReady } from '../until-ready';
import type { Readiness } from '../until-ready';

export type ProcessName = 'temporal' | 'simulator' | 'worker' | 'server';

/** One program of the stack, over its restarts. */
export type StackProcess = Awaited<ReturnType<typeof startProcess>>;

export interface Program extends Pick<Readiness, 'isReady'> {
  /** Starts it without waiting for more than its process. */
  readonly start: (logFile: string) => Promise<Child>;
}

interface StackProcessOptions extends Program, Readiness {
  readonly name: ProcessName;
  readonly logFile: string;
}

/**
 * Starts a program and waits until it is ready.
 * @throws SetupError with the end of its output when it ends or takes too long; it has exited then.
 */
export async function startProcess(options: StackProcessOptions) {
  const { name, logFile } = options;
  let running = await startReady(options);

  /** Sends a signal and does not wait, such as SIGSTOP and SIGCONT. */
  const send = (signal: NodeJS.Signals): void => {
    if (running.exitReason() === null) process.kill(running.pid, signal);
  };
  return {
    name,
    /** Both outputs, all restarts; lives on after the program. */
    logFile,
    /** Changes with a restart. */
    get pid(): number {
      return running.pid;
    },
    /** `null` while it runs; then how it ended, in words. */
    exitReason: () => running.exitReason(),
    /** Resolves, with how it ended, once the program that runs now has exited. */
    async exited(): Promise<string> {
      const current = running;
      await current.exited;
      return current.exitReason() ?? 'ended';
    },
    /** Lets it end by itself (SIGTERM), within bounds. Resolves once it has exited. */
    stop: () => running.stop(),
    /** Default SIGKILL: the crash itself. Resolves once it has exited, so it takes a signal that ends the program. */
    async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
      send(signal);
      await running.exited;
    },
    send,
    /** Stops it if it runs and starts it again, same environment, same ports. Resolves when it is ready. */
    async restart(): Promise<void> {
      await running.stop();
      running = await startReady(options);
    },
  };
}

async function startReady(options: StackProcessOptions): Promise<Child> {
  options.signal?.throwIfAborted();
  const running = await options.start(options.logFile);
  await untilReady(running, options);
  return running;
}
