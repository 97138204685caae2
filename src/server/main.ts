// First: says what to install where optional dependencies were left out.
import './require-server-packages';
import { Client, type Connection } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics } from 'prom-client';
import { RefreshClient } from '../client';
import { loadServerConfig, type MeldConfig } from '../config';
import { makeLogger } from '../lib/logger';
import { makeMeldClient } from '../meld/meld-client';
import { resolvePolicy } from '../refresh/input/parse-policy';
import { checkTemporal } from '../temporal/check-temporal';
import { connectClient, loadTemporalTarget, secretsOf, type TemporalTarget } from '../temporal/connect';
import { makeDataConverter } from '../temporal/data-converter';
import { makeEncryptionCodec } from '../temporal/encryption-codec';
import { SetupError } from '../temporal/setup-error';
import { startTracing } from '../tracing/start-tracing';
import { exitOnSignal, shutdownSignal } from '../lib/shutdown-signal';
import { buildServer } from './build-server';
import { DEFAULT_LIMITS } from './limits';
import { makeServerMetrics } from './plugins/metrics';
import { errorMessage } from '../lib/error-message';
import { runMain } from '../lib/run-main';
import { withTimeout } from '../lib/with-timeout';

/** 20 s: the longest request to Meld by default, and less than the 30 s that Kubernetes grants. */
const FINISH_WITHIN_MS = 20_000;

/**
 * Serves until SIGTERM or SIGINT, then lets the requests that are under way finish.
 * @throws SetupError when it cannot start; the message says how to fix it.
 */
async function runServer(config: MeldConfig, target: TemporalTarget): Promise<void> {
  const started = exitOnSignal();
  const { logLevel, payloadKeys, secrets, policy, server, temporal, webhooks } = config;
  const logger = makeLogger({ name: 'server', level: logLevel, secrets: [...secrets, ...secretsOf(target)] });
  const metrics = makeServerMetrics();
  collectDefaultMetrics({ register: metrics.registry });

  const tracing = startTracing({ settings: config.tracing, serviceName: 'meld-refresh-server', logger });
  const connection = await connectClient(target);
  const meld = makeMeldClient(config.meld);
  try {
    const check = await checkTemporal(connection, target);
    if (check.searchAttributes === 'unknown') logger.warn('search attributes could not be checked');
    const dataConverter = makeDataConverter(payloadKeys);
    const client = new Client({
      connection,
      namespace: target.namespace,
      dataConverter,
      ...(tracing !== null && { interceptors: { workflow: [tracing.clientInterceptor] } }),
    });
    const app = await buildServer({
      refreshes: new RefreshClient({
        client,
        taskQueue: temporal.taskQueue,
        policy,
        cancelWaitMs: DEFAULT_LIMITS.cancelWaitMs,
      }),
      meld,
      ...(webhooks === null ? {} : { webhooks }),
      ...(payloadKeys.length > 0 && {
        codec: { codec: makeEncryptionCodec(payloadKeys), origins: server.codecOrigins },
      }),
      pingTemporal: () => ping(connection),
      apiKeys: server.apiKeys,
      apiRateLimit: server.apiRateLimit,
      maxCharges: resolvePolicy(policy).maxCharges,
      logger,
      metrics,
      ...(tracing !== null && { traceRequests: tracing.traceRequests }),
    });
    const address = await listen(app, server);
    const stop = shutdownSignal();
    started();
    const { namespace } = target;
    const facts = { address, namespace, temporal: target.address, meldUrl: config.meld.baseUrl };
    logger.info(
      {
        ...facts,
        webhooks: webhooks?.url ?? null,
        payloadKey: payloadKeys[0]?.id ?? null,
        open: server.apiKeys.length === 0,
      },
      'server started',
    );

    const signal = await stop;
    logger.info({ signal }, 'server stopping');
    if ((await withTimeout(FINISH_WITHIN_MS, app.close(), () => 'late')) === 'late') {
      logger.warn({ withinMs: FINISH_WITHIN_MS }, 'requests cut off');
      app.server.closeAllConnections();
    }
    logger.info('server stopped');
  } finally {
    await tracing?.close();
    await meld.close();
    await connection.close();
  }
}

async function listen(app: FastifyInstance, { host, port }: MeldConfig['server']): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw new SetupError(
      `HOST and PORT: cannot listen on ${host}:${port}: ${errorMessage(error)}. Name an address of this machine and a free port.`,
      { cause: error },
    );
  }
}

function ping(connection: Connection): Promise<unknown> {
  const deadline = Date.now() + DEFAULT_LIMITS.readinessTimeoutMs;
  return connection.withDeadline(deadline, () => connection.workflowService.getSystemInfo({}));
}

if (require.main === module) {
  runMain(async () => {
    await runServer(loadServerConfig(), loadTemporalTarget());
    return 0;
  });
}
