import path from 'node:path';
import { connectClient } from '../../temporal/connect';
import { startDevServer } from '../temporal-server/dev-server';
import { DEFAULT_TASK_QUEUE } from '../../workflows/messages';
import { sharedEnvironment } from './child-environment';
import { servedTaskQueues } from '../../temporal/task-queues';
import { answersOk, workerPolls } from './readiness';
import type { MeldStackOptions, StackPorts } from './stack-options';
import { ownProgram } from './start-processes';
import type { StartProcess } from './start-processes';

const NAMESPACE = 'default';

interface ProductOptions extends MeldStackOptions {
  readonly start: StartProcess;
  readonly folder: string;
  readonly ports: StackPorts;
}

/** Starts Temporal, then worker and server side by side. */
export async function startProduct(options: ProductOptions) {
  const { start, folder, ports, meld, apiKeys = [], policy, logLevel = 'info', env = {} } = options;
  const address = `127.0.0.1:${ports.temporal}`;
  const taskQueue = env.worker?.['TEMPORAL_TASK_QUEUE'] ?? DEFAULT_TASK_QUEUE;
  const apiUrl = `http://127.0.0.1:${ports.api}`;
  const encrypted = Boolean(env.server?.['PAYLOAD_KEYS']);
  const target = { address, namespace: NAMESPACE, connectionOptions: { address } };

  const temporal = await start('temporal', {
    start: (logFile) =>
      startDevServer({
        dbFile: path.join(folder, 'temporal.db'),
        port: ports.temporal,
        uiPort: ports.ui,
        namespace: NAMESPACE,
        logFile,
        extraArgs: [
          ...(options.temporalArgs ?? []),
          ...(encrypted ? ['--ui-codec-endpoint', `${apiUrl}/codec`] : []),
        ],
      }),
  });
  const shared = {
    ...sharedEnvironment({ temporal: target, policy, logLevel, folder }),
    ...meld,
  };
  const [worker, server] = await Promise.all([
    start('worker', {
      start: ownProgram('worker.js', { ...shared, ...env.worker }),
      isReady: async (pid) => {
        const connection = await connectClient(target, 1_000);
        try {
          const queues = servedTaskQueues(taskQueue);
          return await workerPolls({ connection, namespace: NAMESPACE, queues, pid });
        } finally {
          await connection.close();
        }
      },
    }),
    start('server', {
      start: ownProgram('server/main.js', {
        ...shared,
        HOST: '127.0.0.1',
        PORT: String(ports.api),
        // The stack's own UI asks the stack's own server, which lets it without a key where there are no keys.
        ...(encrypted && {
          CODEC_CORS_ORIGIN: `http://127.0.0.1:${ports.ui},http://localhost:${ports.ui}`,
        }),
        ...(apiKeys.length > 0 && { API_KEYS: apiKeys.join(',') }),
        ...env.server,
      }),
      isReady: () => answersOk(`${apiUrl}/readyz`),
    }),
  ]);
  return {
    apiUrl,
    uiUrl: `http://127.0.0.1:${ports.ui}`,
    temporalAddress: address,
    namespace: NAMESPACE,
    taskQueue,
    /** The first of `apiKeys`. */
    apiKey: apiKeys[0] ?? null,
    temporal,
    worker,
    server,
  };
}
