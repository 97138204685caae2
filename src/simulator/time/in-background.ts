/** Lets it run without being waited for. A rejection is a bug of the simulator: told, but it takes nothing down. */
export function inBackground(running: Promise<unknown>): void {
  running.catch((error: unknown) => {
    process.emitWarning(error instanceof Error ? error : String(error));
  });
}
