// First: says what to install where optional dependencies were left out.
import './require-simulator-packages';
import { errorMessage } from '../lib/error-message';
import { OperatorError, runMain } from '../lib/run-main';
import { shutdownSignal } from '../lib/shutdown-signal';
import { optionsFromEnvironment } from './environment';
import { startSimulator } from './simulator';

runMain(async () => {
  const stopped = shutdownSignal();
  const options = optionsFromEnvironment(process.env);
  const simulator = await startSimulator(options).catch((error: unknown) => {
    throw new OperatorError(
      `HOST and PORT: cannot listen: ${errorMessage(error)}. Name an address of this machine and a free port.`,
      { cause: error },
    );
  });
  process.stdout.write(`Simulated Meld at ${simulator.url}, its controls at ${simulator.url}/_control/\n`);
  await stopped;
  await simulator.close();
  return 0;
});
