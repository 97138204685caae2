import { rm } from 'node:fs/promises';
import { connectRefreshes } from '../stack/connect-refreshes';
import { createConnections, readLedger, type BilledCall } from '../stack/simulator-controls';
import { startStack } from '../stack/start-stack';
import type { SimulatedStackOptions } from '../stack/stack-options';
import type { ConnectionSpec } from '../../simulator/state/connection-spec';

export interface TestStackOptions extends Pick<
  SimulatedStackOptions,
  'policy' | 'logLevel' | 'apiKeys' | 'env' | 'simulator' | 'startWithinMs' | 'signal'
> {
  /** Keep state and logs in this folder; default: a temporary one that `stop` removes. */
  readonly folder?: string;
}

/** A connection of the simulated Meld; everything may be left out. */
export type TestConnection = Omit<ConnectionSpec, 'id' | 'count'> & { readonly id: string };

/** Temporal, the worker, the server with its webhook receiver, and a simulated Meld that charges nobody. */
export type TestStack = Awaited<ReturnType<typeof startTestStack>>;

/**
 * Starts everything on loopback and free ports, in processes of their own, and resolves when all of it is ready (about
 * 5 s). One per test file, or one for all of them, is enough: refreshes of different connections share nothing.
 * @throws SetupError with the end of the log of the process that did not start
 */
export async function startTestStack(options: TestStackOptions = {}) {
  const stack = await startStack({ logLevel: 'warn', ...options });
  const { folder, temporalAddress, namespace, taskQueue, simulatorUrl, secrets, apiUrl, uiUrl } = stack;
  const end = async () => {
    await stack.stop();
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    const { refreshes, close } = await connectRefreshes(stack, options.policy);
    let stopped: Promise<void> | undefined;
    return {
      /** Starts, joins, awaits and lists refreshes in this stack. */
      refreshes,
      /** The HTTP API; `POST /webhooks/meld` below it is where the simulated Meld sends its webhooks. */
      apiUrl,
      temporalAddress,
      namespace,
      taskQueue,
      /** The Temporal UI. */
      uiUrl,
      /** The simulated Meld: what a backend of your own needs to talk to it, and its control API at `/_control/`. */
      meld: { url: simulatorUrl, apiKey: secrets.meldApiKey, webhookSecret: secrets.webhookSecret },
      /** Where each process logs. */
      logsFolder: `${folder}/logs`,
      createConnection: (connection: TestConnection): Promise<void> =>
        createConnections(simulatorUrl, [connection]),
      /** Every POST that reached the simulated Meld, with whether it was charged. */
      calls: async (connectionId: string): Promise<readonly BilledCall[]> =>
        (await readLedger(simulatorUrl)).filter((call) => call.connectionId === connectionId),
      /** Ends all processes. May be called again. */
      stop: (): Promise<void> => (stopped ??= close().then(end)),
    };
  } catch (error) {
    await end();
    throw error;
  }
}
