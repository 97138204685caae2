import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { connectClient } from '../../temporal/connect';
import { servedTaskQueues } from '../../temporal/task-queues';
import { DEFAULT_TASK_QUEUE } from '../../workflows/messages';
import { startDevServer } from '../temporal-server/dev-server';
import { sharedEnvironment, type Environment } from './child-environment';
import { choosePorts } from './ports';
import { answersOk, workerPolls } from './readiness';
import type { MeldStackOptions, SimulatedStackOptions, StackPorts } from './stack-options';
import { ownProgram, startProcesses, type StartProcess } from './start-processes';

/** The whole product, each part a process of its own on loopback. None of them outlives this process. */
export type Stack = Awaited<ReturnType<typeof startMeldStack>>;

/** The same with a simulated Meld. */
export type SimulatedStack = Awaited<ReturnType<typeof startStack>>;

const NAMESPACE = 'default';

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
  const simulatorEnvironment = {
    ...meld,
    HOST: '127.0.0.1',
    PORT: String(ports.simulator),
    ...(seed !== undefined && { SIMULATOR_SEED: String(seed) }),
    ...(timeScale !== undefined && { SIMULATOR_TIME_SCALE: String(timeScale) }),
    ...options.env?.simulator,
  };
  return startProcesses(options, async (start, folder) => {
    const [simulator, product] = await Promise.all([
      start(
        'simulator',
        ownProgram('simulator/main.js', simulatorEnvironment, () =>
          answersOk(`${simulatorUrl}/_control/health`),
        ),
      ),
      startProduct(start, folder, ports, { ...options, meld: { ...meld, MELD_BASE_URL: simulatorUrl } }),
    ]);
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
  return startProcesses(options, (start, folder) => startProduct(start, folder, ports, options));
}

/** Starts Temporal, then worker and server side by side. */
async function startProduct(
  start: StartProcess,
  folder: string,
  ports: StackPorts,
  { meld, apiKeys = [], policy, logLevel = 'info', env = {}, temporalArgs = [] }: MeldStackOptions,
) {
  const address = `127.0.0.1:${ports.temporal}`;
  const taskQueue = env.worker?.['TEMPORAL_TASK_QUEUE'] ?? DEFAULT_TASK_QUEUE;
  const apiUrl = `http://127.0.0.1:${ports.api}`;
  const encrypted = Boolean(env.server?.['PAYLOAD_KEYS']);
  const target = { address, namespace: NAMESPACE, connectionOptions: { address } };

  const temporal = await start('temporal', (how) =>
    startDevServer({
      ...how,
      dbFile: path.join(folder, 'temporal.db'),
      port: ports.temporal,
      uiPort: ports.ui,
      namespace: NAMESPACE,
      extraArgs: [...temporalArgs, ...(encrypted ? ['--ui-codec-endpoint', `${apiUrl}/codec`] : [])],
    }),
  );
  const shared = { ...sharedEnvironment({ temporal: target, policy, logLevel, folder }), ...meld };
  const polls = async (pid: number): Promise<boolean> => {
    const connection = await connectClient(target, 1_000);
    try {
      const queues = servedTaskQueues(taskQueue);
      return await workerPolls({ connection, namespace: NAMESPACE, queues, pid });
    } finally {
      await connection.close();
    }
  };
  const serverEnvironment = {
    ...shared,
    HOST: '127.0.0.1',
    PORT: String(ports.api),
    // The stack's own UI asks the stack's own server, which lets it without a key where there are no keys.
    ...(encrypted && { CODEC_CORS_ORIGIN: `http://127.0.0.1:${ports.ui},http://localhost:${ports.ui}` }),
    ...(apiKeys.length > 0 && { API_KEYS: apiKeys.join(',') }),
    ...env.server,
  };
  const [worker, server] = await Promise.all([
    start('worker', ownProgram('worker.js', { ...shared, ...env.worker }, polls)),
    start(
      'server',
      ownProgram('server/main.js', serverEnvironment, () => answersOk(`${apiUrl}/readyz`)),
    ),
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

function secret(): string {
  return randomBytes(12).toString('hex');
}
