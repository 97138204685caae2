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
    exited: () => running.exited,
    /** Lets it end by itself (SIGTERM), within bounds. Resolves once it has exited. */
    stop: () => running.stop(),
    /** As `Child.kill`. */
    kill: (signal?: NodeJS.Signals) => running.kill(signal),
    /** As `Child.send`. */
    send: (signal: NodeJS.Signals) => running.send(signal),
    /** Stops it if it runs and starts it again, same environment, same ports. Resolves when it is ready. */
    async restart(): Promise<void> {
      await running.stop();
      running = await start();
    },
  };
}
