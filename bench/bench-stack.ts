import { randomBytes } from 'node:crypto';
import { Client } from '@temporalio/client';
import { RefreshClient } from '../src/client';
import type { RefreshPolicyInput } from '../src/refresh/model/policy';
import type { ConnectionSpec } from '../src/simulator/state/connection-spec';
import type { Environment } from '../src/dev/stack/child-environment';
import { createConnections } from '../src/dev/stack/simulator-controls';
import type { SimulatedStack } from '../src/dev/stack/stack-options';
import { startStack } from '../src/dev/stack/start-stack';
import { connectClient } from '../src/temporal/connect';
import { makeDataConverter, readPayloadKeys } from '../src/temporal/data-converter';

/** A stack of its own, and the ways to ask it for refreshes. */
export interface BenchStack {
  readonly stack: SimulatedStack;
  readonly temporal: Client;
  readonly refreshes: RefreshClient;
  /** Connections that nobody has refreshed yet; their ids. */
  newConnections(count: number, spec: Omit<ConnectionSpec, 'id' | 'count'>): Promise<readonly string[]>;
  close(): Promise<void>;
}

interface BenchStackOptions {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly payloads?: 'plain' | 'encrypted';
  /** Further variables of the worker. */
  readonly workerEnv?: Environment;
}

/** The transactions event is not waited for: our own time is measured, not Meld's. */
const POLICY: RefreshPolicyInput = { settle: '0s' };
/** Beyond every benchmark. */
const API_RATE_LIMIT = '1000000000';

export async function openBenchStack({
  folder,
  signal,
  payloads = 'plain',
  workerEnv = {},
}: BenchStackOptions): Promise<BenchStack> {
  const keys = payloads === 'plain' ? '' : `bench:${randomBytes(32).toString('base64')}`;
  const shared = { PAYLOAD_KEYS: keys };
  const stack = await startStack({
    folder,
    signal,
    policy: POLICY,
    apiKeys: [`api-key-${randomBytes(12).toString('hex')}`],
    env: {
      worker: { ...shared, ...workerEnv },
      server: { ...shared, API_RATE_LIMIT },
    },
  });
  try {
    const { temporalAddress: address, namespace, taskQueue, simulatorUrl } = stack;
    const connection = await connectClient({ address, namespace, connectionOptions: { address } });
    const dataConverter = makeDataConverter(readPayloadKeys(keys));
    const temporal = new Client({ connection, namespace, dataConverter });
    const refreshes = new RefreshClient({ client: temporal, taskQueue, policy: POLICY });
    let created = 0;
    return {
      stack,
      temporal,
      refreshes,
      async newConnections(count, spec) {
        const ids = Array.from({ length: count }, () => `bench-${(created += 1)}`);
        if (count > 0)
          await createConnections(
            simulatorUrl,
            ids.map((id) => ({ ...spec, id })),
          );
        return ids;
      },
      async close() {
        await refreshes.drained();
        await connection.close();
        await stack.stop();
      },
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}
