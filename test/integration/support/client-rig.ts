import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createWorkers } from '../../../src/temporal/refresh-workers';
import { mergePolicies } from '../../../src/refresh/input/parse-policy';
import { DEFAULT_POLICY } from '../../../src/refresh/model/policy';
import type { Activities } from '../../../src/activities/activities';
import { RefreshClient, type RefreshClientOptions } from '../../../src/client';
import { workflowBundle } from '../../support/workflow-bundle';
import { startDevServer } from '../../../src/dev/temporal-server/dev-server';

/** A dev server, a worker with the real workflow, and activities that stand in for Meld. */
export interface ClientRig {
  /** The SDK's own client, to look behind the scenes. */
  readonly temporal: Client;
  readonly refreshes: RefreshClient;
  /** Another client of the same server. */
  readonly refreshClient: (options?: Partial<RefreshClientOptions>) => RefreshClient;
  /** A client that meets what the interceptor does between its calls. */
  readonly intercepted: (interceptor: WorkflowClientInterceptor) => RefreshClient;
  /** POSTs made, by connection. */
  readonly calls: ReadonlyMap<string, number>;
  readonly close: () => Promise<void>;
}

/**
 * By the beginning of the connection's id:
 * `quick…` is aggregated all the time, so that its refresh ends at once; `window…` meets a window of an hour;
 * any other waits for its events.
 */
export async function startClientRig(serverArgs: readonly string[] = []): Promise<ClientRig> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const calls = new Map<string, number>();
  const server = await startDevServer({ ui: 'off', logLevel: 'error', extraArgs: serverArgs });
  const { address } = server;
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection });
  const worker = await createWorkers({
    connection: native,
    taskQueue: 'meld-refresh',
    workflowBundle: await workflowBundle(),
    activities: standInActivities(calls),
  });
  const stopped = worker.run();
  const refreshClient = (options: Partial<RefreshClientOptions> = {}): RefreshClient =>
    new RefreshClient({ client: temporal, ...options });
  return {
    temporal,
    refreshes: refreshClient(),
    refreshClient,
    intercepted: (interceptor) =>
      refreshClient({
        client: new Client({ connection, interceptors: { workflow: [interceptor] } }),
      }),
    calls,
    close: async () => {
      worker.shutdown();
      await stopped;
      await connection.close();
      await native.close();
      await server.stop();
    },
  };
}

/** A join between the read and the run's end may ask for data of that very moment: a fast clock at Meld has it. */
const aMomentFromNow = (): string => new Date(Date.now() + 1_000).toISOString();

function standInActivities(calls: Map<string, number>): Activities {
  return {
    readConnection: ({ connectionId }) =>
      Promise.resolve({
        read: 'found',
        connection: {
          id: connectionId,
          status: 'ACTIVE',
          statusReason: null,
          serviceProvider: "O'Brien & Söhne",
          institutionName: null,
          customerId: null,
          products: ['BALANCES', 'OWNERS'],
          optionalProducts: [],
          successfullyAggregatedAt: connectionId.startsWith('quick') ? aMomentFromNow() : null,
        },
      }),
    readEarlierCalls: () => Promise.resolve({ lastCall: null }),
    completePolicy: async ({ policy }) => mergePolicies(DEFAULT_POLICY, policy),
    readOutcome: async () => null,
    deliverOutcome: () => Promise.resolve(),
    requestRefresh: ({ connectionId }) => {
      calls.set(connectionId, (calls.get(connectionId) ?? 0) + 1);
      return Promise.resolve(
        connectionId.startsWith('window')
          ? { answer: 'rate_limited', httpStatus: 429, requestId: null, retryAfterMs: 3_600_000 }
          : { answer: 'accepted', httpStatus: 200, requestId: null },
      );
    },
  };
}
