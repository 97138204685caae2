import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER } from './request-id';
import type { ServerMetrics } from './metrics';

declare module 'fastify' {
  interface FastifyRequest {
    /** Which run the request was about, once that is known; empty before, and where there are several. */
    runId: string;
  }
}

/** Not worth a line each: asked every few seconds by machines, or told by a line of its own. */
const QUIET: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics', '/webhooks/meld']);

/** One log line and one measurement per answered request. Queries, headers and bodies are never logged. */
export function registerRequestLog(app: FastifyInstance, metrics: ServerMetrics): void {
  app.decorateRequest('runId', '');
  app.addHook('onSend', async (request, reply) => {
    reply.raw.setHeader(REQUEST_ID_HEADER, request.id);
    reply.raw.setHeader('x-content-type-options', 'nosniff');
    await Promise.resolve();
  });

  app.addHook('onResponse', (request, reply, done) => {
    report(request, reply, metrics);
    done();
  });
}

function report(request: FastifyRequest, reply: FastifyReply, metrics: ServerMetrics): void {
  const route = request.routeOptions.url ?? 'none';
  const ms = Math.round(reply.elapsedTime);
  metrics.requestServed({
    method: request.method,
    route,
    status: reply.statusCode,
    seconds: reply.elapsedTime / 1_000,
  });
  request.log[QUIET.has(route) && reply.statusCode < 400 ? 'debug' : 'info'](
    {
      event: 'http_request',
      method: request.method,
      path: pathOf(request.url),
      route,
      status: reply.statusCode,
      ms,
      ...(request.caller === '' ? {} : { caller: request.caller }),
      ...(request.runId === '' ? {} : { runId: request.runId }),
    },
    'request served',
  );
}

/** Without the query, which may hold anything, and no longer than a sensible path. */
function pathOf(url: string): string {
  return url.split('?', 1)[0]?.slice(0, 300) ?? '';
}
