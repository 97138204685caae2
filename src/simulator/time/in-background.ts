/** Lets it run without being waited for. A rejection is a bug of the simulator: it becomes a warning and stops nothing. */
export function inBackground(running: Promise<unknown>): void {
  running.catch((error: unknown) => {
    process.emitWarning(error instanceof Error ? error : String(error));
  });
}
