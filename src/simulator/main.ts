import { optionsFromEnvironment } from './environment';
import { startSimulator } from './simulator';

async function main(): Promise<void> {
  const simulator = await startSimulator(optionsFromEnvironment(process.env));
  process.stdout.write(`Simulated Meld at ${simulator.url}, its controls at ${simulator.url}/_control/\n`);

  const stop = (): void => {
    // A second signal finds no handler and ends the process the hard way.
    process.off('SIGTERM', stop).off('SIGINT', stop);
    simulator.close().catch(fail);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

main().catch(fail);

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
