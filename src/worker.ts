// First: says what to install where optional dependencies were left out.
import './temporal/require-worker-packages';
import { createActivities } from './activities/create-activities';
import { loadWorkerConfig, type MeldConfig } from './config';
import { runMain } from './lib/run-main';
import { makeLogger } from './lib/logger';
import { makeMeldClient } from './meld/meld-client';
import { checkTemporal } from './temporal/check-temporal';
import { loadTemporalTarget, secretsOf, type TemporalTarget } from './temporal/connect';
import { connectWorker } from './temporal/connect-worker';
import { makeDataConverter } from './temporal/data-converter';
import { createWorkers } from './temporal/refresh-workers';
import { installRuntime } from './temporal/runtime';
import { exitOnSignal, shutdownSignal } from './lib/shutdown-signal';
import { serveHealth } from './temporal/worker-health';
import { workerOptions } from './temporal/worker-options';
import { startTracing } from './tracing/start-tracing';

/**
 * Runs the worker until SIGTERM or SIGINT, then lets the calls that are under way finish.
 * @throws SetupError when it cannot start; the message holds the command that fixes it.
 */
async function runWorker(config: MeldConfig, target: TemporalTarget): Promise<void> {
  const started = exitOnSignal();
  const { logLevel, metricsAddress, healthAddress, payloadKeys, secrets, temporal } = config;
  const { namespace, address } = target;
  const logger = makeLogger({ name: 'worker', level: logLevel, secrets: [...secrets, ...secretsOf(target)] });
  installRuntime({ logger, metricsAddress });

  const tracing = startTracing({ settings: config.tracing, serviceName: 'meld-refresh-worker', logger });
  const connection = await connectWorker(target);
  const meld = makeMeldClient(config.meld);
  let closeHealth = (): Promise<void> => Promise.resolve();
  try {
    const check = await checkTemporal(connection, target);
    if (check.searchAttributes === 'unknown') logger.warn('search attributes could not be checked');
    // Before the workers: a connection that they hold cannot be closed, and that would be all that is told.
    let state = (): string => 'INITIALIZED';
    if (healthAddress !== null) {
      closeHealth = await serveHealth(healthAddress, {
        state: () => state(),
        ping: () => connection.workflowService.getSystemInfo({}),
      });
    }
    const workers = await createWorkers(
      workerOptions({
        connection,
        namespace,
        taskQueue: temporal.taskQueue,
        activities: createActivities({
          meld,
          outcomeWebhook: config.outcomeWebhook ?? undefined,
          policy: config.policy,
        }),
        dataConverter: makeDataConverter(payloadKeys),
        longestCallMs: config.meld.timeoutMs,
        deployment: temporal.deployment,
        tuning: config.worker,
        activityInterceptors: tracing === null ? [] : [tracing.activityInterceptors],
      }),
      config.worker.callsPerSecond,
    );
    state = workers.state;
    const stop = shutdownSignal().then((signal) => logger.info({ signal }, 'worker stopping'));
    started();
    const [payloadKey = null] = payloadKeys.map(({ id }) => id);
    const addresses = { address, metricsAddress, healthAddress, meldUrl: config.meld.baseUrl };
    logger.info({ ...temporal, namespace, ...addresses, payloadKey }, 'worker started');
    void stop.then(workers.shutdown);
    await workers.run();
    logger.info('worker stopped');
  } finally {
    await closeHealth();
    await tracing?.close();
    await meld.close();
    await connection.close();
  }
}

if (require.main === module) {
  runMain(async () => {
    await runWorker(loadWorkerConfig(), loadTemporalTarget());
    return 0;
  });
}
