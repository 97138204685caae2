import { rm } from 'node:fs/promises';
import type { RefreshClient } from '../client';
import { connectRefreshes } from '../dev/stack/connect-refreshes';
import { createConnections, readLedger } from '../dev/stack/simulator-controls';
import type { BilledCall } from '../dev/stack/simulator-controls';
import { startStack } from '../dev/stack/start-stack';
import type { SimulatedStackOptions } from '../dev/stack/stack-options';
import type { ConnectionSpec } from '../simulator/state/connection-spec';

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
export interface TestStack {
  /** Starts, joins, awaits and lists refreshes in this stack. */
  readonly refreshes: RefreshClient;
  /** The HTTP API; `POST /webhooks/meld` below it is where the simulated Meld sends its webhooks. */
  readonly apiUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** The Temporal UI. */
  readonly uiUrl: string;
  /** The simulated Meld: what a backend of your own needs to talk to it, and its control API at `/_control/`. */
  readonly meld: { readonly url: string; readonly apiKey: string; readonly webhookSecret: string };
  /** Where each process logs. */
  readonly logsFolder: string;
  createConnection(connection: TestConnection): Promise<void>;
  /** Every POST that reached the simulated Meld, with whether it was charged. */
  calls(connectionId: string): Promise<readonly BilledCall[]>;
  /** Ends all processes. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts everything on loopback and free ports, in processes of their own, and resolves when all of it is ready (about
 * 5 s). One per test file, or one for all of them, is enough: refreshes of different connections share nothing.
 * @throws SetupError with the end of the log of the process that did not start
 */
export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
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
      refreshes,
      ...{ apiUrl, uiUrl, temporalAddress, namespace, taskQueue },
      meld: { url: simulatorUrl, apiKey: secrets.meldApiKey, webhookSecret: secrets.webhookSecret },
      logsFolder: `${folder}/logs`,
      createConnection: (spec) => createConnections(simulatorUrl, [spec]),
      calls: async (connectionId) =>
        (await readLedger(simulatorUrl)).filter((call) => call.connectionId === connectionId),
      stop: () => (stopped ??= close().then(end)),
    };
  } catch (error) {
    await end();
    throw error;
  }
}
