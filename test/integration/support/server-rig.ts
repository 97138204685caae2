import { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createWorkers } from '../../../src/temporal/refresh-workers';
import { pino } from 'pino';
import { createActivities } from '../../../src/activities/create-activities';
import { RefreshClient } from '../../../src/client';
import { makeMeldClient } from '../../../src/meld/meld-client';
import { buildServer } from '../../../src/server/build-server';
import {
  DEFAULT_API_KEY,
  DEFAULT_WEBHOOK_SECRET,
  startSimulator,
  type Simulator,
} from '../../../src/simulator/simulator';
import { connectClient } from '../../../src/temporal/connect';
import { connectWorker } from '../../../src/temporal/connect-worker';
import { workflowBundle } from '../../support/workflow-bundle';
import { startDevServer } from '../../../src/dev/temporal-server/dev-server';
import { freePort } from '../../../src/dev/free-port';

export const API_KEY = 'api-key-of-a-backend-0123456789';

/** The whole of it in one process: Temporal, worker, simulated Meld, and the server that its webhooks reach. */
export interface ServerRig {
  readonly url: string;
  readonly meld: Simulator;
  readonly close: () => Promise<void>;
}

export async function startServerRig(): Promise<ServerRig> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const webhookUrl = `${url}/webhooks/meld`;
  const temporal = await startDevServer({ ui: 'off', logLevel: 'error' });
  const simulator = await startSimulator({ webhookUrl, timeScale: 0.01, webhookTimeoutMs: 10_000 });
  const meld = makeMeldClient({ baseUrl: simulator.url, apiKey: DEFAULT_API_KEY });

  const native = await connectWorker(temporal.target);
  const worker = await createWorkers({
    connection: native,
    namespace: temporal.namespace,
    taskQueue: 'meld-refresh',
    workflowBundle: await workflowBundle(),
    activities: createActivities({ meld }),
  });
  const workerStopped = worker.run();

  const connection = await connectClient(temporal.target);
  const client = new Client({ connection, namespace: temporal.namespace });
  const app = await buildServer({
    refreshes: new RefreshClient({ client }),
    meld,
    webhooks: { secrets: [DEFAULT_WEBHOOK_SECRET], url: webhookUrl },
    pingTemporal: () => connection.workflowService.getSystemInfo({}),
    apiKeys: [API_KEY],
    apiRateLimit: 10_000,
    maxCharges: 2,
    logger: pino({ level: 'silent' }),
  });
  await app.listen({ host: '127.0.0.1', port });

  return {
    url,
    meld: simulator,
    close: async () => {
      await app.close();
      worker.shutdown();
      await workerStopped;
      await simulator.close();
      await meld.close();
      await connection.close();
      await native.close();
      await temporal.stop();
    },
  };
}
