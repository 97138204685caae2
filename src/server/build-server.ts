import rateLimit, { type RateLimitPluginOptions } from '@fastify/rate-limit';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { allowOrigins } from './plugins/cors';
import { makeAuthenticate } from './plugins/authenticate';
import { refuseUnserved, respondToUnreadableRequest } from './plugins/unreadable-request';
import { answerProblem } from './plugins/error-handler';
import { collectMethods } from './plugins/method-not-allowed';
import { registerJsonBody } from './plugins/json-body';
import { DEFAULT_LIMITS } from './limits';
import { registerOpenapi } from './schemas/openapi';
import { ProblemError } from './problems/problem';
import { requestIdOf } from './plugins/request-id';
import { registerRequestLog } from './plugins/request-log';
import { cancelRefreshRoute } from './routes/cancel-refresh';
import { CODEC_URLS, codecRoutes } from './routes/codec';
import { docsRoutes } from './routes/docs';
import { getRefreshRoutes } from './routes/get-refresh';
import { healthRoutes } from './routes/health';
import { listRefreshesRoutes } from './routes/list-refreshes';
import { meldWebhookRoute } from './routes/meld-webhook';
import { metricsRoute } from './routes/metrics';
import { refreshCustomerRoute } from './routes/refresh-customer';
import { repairConnectionRoute } from './routes/repair-connection';
import { startRefreshRoute } from './routes/start-refresh';
import type { Api, RouteDeps, ServerDeps } from './server-deps';
import { makeServerMetrics } from './plugins/metrics';
import { makeLongPolls } from './long-polls';

/**
 * The HTTP API and webhook receiver, ready for `inject` or `listen`. Its `close` ends waiting requests at once, with
 * the state they then see, and lets the others finish.
 */
export async function buildServer(deps: ServerDeps): Promise<FastifyInstance> {
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const routeDeps: RouteDeps = {
    now: Date.now,
    metrics: makeServerMetrics(),
    ...deps,
    webhooks: deps.webhooks ?? null,
    limits,
    longPolls: makeLongPolls({ perCaller: limits.waitsPerCaller }),
  };
  const app = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.connectionTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckMs,
      // `refuseUnserved` does, with a problem.
      requireHostHeader: false,
    },
    // The URL is typed in at Meld by hand, with or without a slash at its end.
    routerOptions: { maxParamLength: 128, ignoreTrailingSlash: true },
    // Our own hook answers these, as a problem like all others.
    return503OnClosing: false,
    clientErrorHandler: respondToUnreadableRequest,
    frameworkErrors: answerProblem,
  });

  app.decorateRequest('caller', '');
  app.setErrorHandler(answerProblem);
  const methodsOf = collectMethods(app);
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    const methods = methodsOf(path);
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    answerProblem(notRouted(request.method, methods), request, reply);
  });
  app.setValidatorCompiler(validatorCompiler);
  // Answers are typed and documented by their schemas, not checked by them: what a newer worker wrote goes out whole.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  deps.traceRequests?.(app);
  registerRequestLog(app, routeDeps.metrics);
  refuseUnserved(app);
  registerJsonBody(app);
  refuseWhileClosing(app, routeDeps);
  await registerOpenapi(app);
  await registerRoutes(app, routeDeps, deps);
  return app;
}

async function registerRoutes(app: FastifyInstance, routeDeps: RouteDeps, deps: ServerDeps): Promise<void> {
  const authenticate = makeAuthenticate(deps.apiKeys);
  const scope = (register: (scoped: Api) => void | Promise<void>) =>
    app.register(async (scoped) => register(scoped.withTypeProvider()));

  await scope(async (api) => {
    api.addHook('onRequest', authenticate);
    await api.register(rateLimit, callerLimit(deps.apiRateLimit));
    startRefreshRoute(api, routeDeps);
    getRefreshRoutes(api, routeDeps);
    cancelRefreshRoute(api, routeDeps);
    refreshCustomerRoute(api, routeDeps);
    listRefreshesRoutes(api, routeDeps);
    repairConnectionRoute(api, routeDeps);
    neverStored(api);
  });
  await scope((api) => meldWebhookRoute(api, routeDeps));
  const { codec } = deps;
  if (codec !== undefined) {
    await scope(async (api) => {
      allowOrigins(api, codec.origins, CODEC_URLS);
      api.addHook('onRequest', authenticate);
      await api.register(rateLimit, callerLimit(routeDeps.limits.codecRateLimit));
      codecRoutes(api, codec, routeDeps);
      neverStored(api);
    });
  }
  await scope((api) => {
    api.addHook('onRequest', authenticate);
    metricsRoute(api, routeDeps);
  });
  await scope((api) => {
    healthRoutes(api, routeDeps);
  });
  await scope(docsRoutes);
}

function callerLimit(max: number): RateLimitPluginOptions {
  return {
    max,
    timeWindow: 60_000,
    keyGenerator: ({ caller }) => caller,
    errorResponseBuilder: (_request, { ttl }) =>
      new ProblemError('rate-limited', `This API key may make ${max} requests a minute.`, {
        retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1_000)),
      }),
  };
}

function neverStored(api: Api): void {
  api.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('cache-control', 'no-store');
    done(null, payload);
  });
}

function refuseWhileClosing(app: FastifyInstance, { longPolls }: RouteDeps): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    longPolls.endAll();
    done();
  });
  app.addHook('onRequest', (_request, _reply, done) => {
    // An error takes its stack trace: only a request that is refused is worth one.
    if (!closing) done();
    else done(new ProblemError('shutting-down', 'Ask again: another server takes over.'));
  });
  // A connection kept alive after its last answer would hold up the end until it times out.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.raw.setHeader('connection', 'close');
    done(null, payload);
  });
}

function notRouted(method: string, allowed: readonly string[]): ProblemError {
  return allowed.length === 0
    ? new ProblemError(
        'no-such-route',
        `Nothing at this path for ${method}. GET /openapi.json lists all routes.`,
      )
    : new ProblemError('method-not-allowed', `This path takes ${allowed.join(', ')}, not ${method}.`);
}
