import { randomBytes } from 'node:crypto';
import type { Environment } from './child-environment';
import { choosePorts } from './ports';
import { answersOk } from './readiness';
import { startProduct } from './start-product';
import type { MeldStackOptions, SimulatedStackOptions } from './stack-options';
import { ownProgram, startProcesses } from './start-processes';

/** The whole product, each part a process of its own on loopback. None of them outlives this process. */
export type Stack = Awaited<ReturnType<typeof startMeldStack>>;

/** The same with a simulated Meld. */
export type SimulatedStack = Awaited<ReturnType<typeof startStack>>;

/**
 * Starts Temporal, the simulated Meld, worker and server from `dist/`, and waits until each is ready.
 * @throws SetupError with the output of the one that did not start; the others have exited by then.
 */
export async function startStack(options: SimulatedStackOptions = {}) {
  const ports = await choosePorts(options.ports);
  const secrets = { meldApiKey: `simulated-key-${secret()}`, webhookSecret: `simulated-webhook-${secret()}` };
  const simulatorUrl = `http://127.0.0.1:${ports.simulator}`;
  const meld: Environment = {
    MELD_API_KEY: secrets.meldApiKey,
    MELD_WEBHOOK_SECRETS: secrets.webhookSecret,
    MELD_WEBHOOK_URL: `http://127.0.0.1:${ports.api}/webhooks/meld`,
  };
  const { seed, timeScale } = options.simulator ?? {};

  return startProcesses(options, async (start, folder) => {
    const simulating = start('simulator', {
      start: ownProgram('simulator/main.js', {
        ...meld,
        HOST: '127.0.0.1',
        PORT: String(ports.simulator),
        ...(seed !== undefined && { SIMULATOR_SEED: String(seed) }),
        ...(timeScale !== undefined && { SIMULATOR_TIME_SCALE: String(timeScale) }),
        ...options.env?.simulator,
      }),
      isReady: () => answersOk(`${simulatorUrl}/_control/health`),
    });
    const simulatedMeld = { ...meld, MELD_BASE_URL: simulatorUrl };
    const producing = startProduct({ ...options, start, folder, ports, meld: simulatedMeld });
    const [simulator, product] = await Promise.all([simulating, producing]);
    return {
      ...product,
      simulator,
      simulatorUrl,
      /** What worker and server know of the simulated Meld; made up for this stack. */
      secrets,
    };
  });
}

/**
 * The same with Meld itself in place of the simulated one.
 * @throws SetupError as `startStack` does
 */
export async function startMeldStack(options: MeldStackOptions) {
  const ports = await choosePorts(options.ports);
  return startProcesses(options, (start, folder) => startProduct({ ...options, start, folder, ports }));
}

function secret(): string {
  return randomBytes(12).toString('hex');
}
