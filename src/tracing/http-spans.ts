import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CONNECTION_ID, logFields, REQUEST_ID, RUN_ID, withRequestId } from './spans';

/** Asked every few seconds by machines: not worth a span each. */
const QUIET: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * A span for each request: its method, route, status and ids; nothing of its URL, headers or bodies but these.
 * `traceparent` of the caller is continued.
 */
export function traceRequests(app: FastifyInstance, tracer: Tracer): void {
  const open = new Map<FastifyRequest, Span>();

  app.addHook('onRequest', (request, _reply, done) => {
    const { url: route } = request.routeOptions;
    if (QUIET.has(route)) {
      done();
      return;
    }
    const caller = propagation.extract(ROOT_CONTEXT, request.headers);
    const name = route === undefined ? request.method : `${request.method} ${route}`;
    const { connectionId } = Object(request.params) as { readonly connectionId?: string };
    const attributes = {
      'http.request.method': request.method,
      ...(route !== undefined && { 'http.route': route }),
      [REQUEST_ID]: request.id,
      ...(connectionId !== undefined && { [CONNECTION_ID]: connectionId }),
    };
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, caller);
    request.log = request.log.child(logFields(span));
    open.set(request, span);
    context.with(withRequestId(trace.setSpan(caller, span), request.id), done);
  });
  const end = (request: FastifyRequest, status: number | null): void => {
    const span = open.get(request);
    open.delete(request);
    if (span === undefined) return;
    if (request.runId !== '') span.setAttribute(RUN_ID, request.runId);
    if (status === null) span.setAttribute('error.type', 'aborted');
    else span.setAttribute('http.response.status_code', status);
    if (status !== null && status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
  app.addHook('onResponse', (request, reply, done) => {
    end(request, reply.statusCode);
    done();
  });
  app.addHook('onRequestAbort', (request, done) => {
    end(request, null);
    done();
  });
}
