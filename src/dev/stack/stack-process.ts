import type { Child } from '../child-process';

export type ProcessName = 'temporal' | 'simulator' | 'worker' | 'server';

/** One program of the stack, over its restarts. */
export type StackProcess = Awaited<ReturnType<typeof startProcess>>;

interface StackProcessOptions {
  readonly name: ProcessName;
  readonly logFile: string;
  /** Resolves when it is ready. */
  readonly start: () => Promise<Child>;
}

/** Starts a program. @throws what `start` throws */
export async function startProcess({ name, logFile, start }: StackProcessOptions) {
  let running = await start();

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
      running = await start();
    },
  };
}
