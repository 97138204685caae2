import type { CliIo } from '../cli-context';

/** The process itself. */
export function processIo(): CliIo {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    now: Date.now,
    onInterrupt: () => {
      const interruption = new AbortController();
      const interrupt = (): void => {
        process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
        interruption.abort();
      };
      process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
      return interruption.signal;
    },
  };
}
