import { optionsFromEnvironment } from './environment';
import { startSimulator } from './simulator';

async function main(): Promise<void> {
  const simulator = await startSimulator(optionsFromEnvironment(process.env));
  console.log(`Simulated Meld at ${simulator.url}, its controls at ${simulator.url}/_control/`);

  const stop = (): void => {
    // A second signal finds no handler and ends the process the hard way.
    process.off('SIGTERM', stop).off('SIGINT', stop);
    void simulator.close();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
