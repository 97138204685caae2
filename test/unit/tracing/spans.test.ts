import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { SpanStatusCode } from '@opentelemetry/api';
import { WorkflowNotFoundError } from '@temporalio/client';
import { InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { log } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { makeLogger } from '../../../src/lib/logger';
import { openTelemetry } from '../../../src/tracing/open-telemetry';
import { API_KEY, AUTHORIZED, aServer, closeServers } from '../server/a-server';
import { makeFakeRefreshes } from '../server/fake-refreshes';

const exporter = new InMemorySpanExporter();
const tracing = openTelemetry({
  settings: { exporter: 'console' },
  serviceName: 'meld-refresh-server',
  logger: makeLogger({ level: 'silent' }),
  processor: new SimpleSpanProcessor(exporter),
});

afterEach(async () => {
  await closeServers();
  exporter.reset();
});
afterAll(() => tracing.close());

const CALLER = '0af7651916cd43dd8448eb211c80319c';
const URL = '/v1/connections/connection-1/refreshes';
const HEADERS = {
  ...AUTHORIZED,
  expect: '100-continue',
  'content-type': 'application/json',
  'transfer-encoding': 'chunked',
  'x-request-id': 'request-1',
  traceparent: `00-${CALLER}-b7ad6b7169203331-01`,
};

/** A traced server whose refreshes ask Temporal through the interceptor, as the real client does. */
async function tracedServer(ends: 'well' | Error = 'well') {
  const fakes = makeFakeRefreshes();
  const started = { runId: 'run-of-temporal', eagerlyStarted: false };
  const next = () => (ends === 'well' ? Promise.resolve(started) : Promise.reject(ends));
  const input = { workflowType: 'refreshConnection', headers: {}, options: {} as never };
  return aServer({
    traceRequests: tracing.traceRequests,
    refreshes: {
      ...fakes,
      refresh: async (wish) => {
        await tracing.clientInterceptor.startWithDetails!(input, next);
        return fakes.refresh(wish);
      },
    },
  });
}

const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
const named = (name: string): ReadableSpan => spans().find((span) => span.name === name)!;

test('a request is a span in its caller’s trace, with the call to Temporal inside, and both have the request id', async () => {
  const { app, lines } = await tracedServer();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const sent = request({ port, path: URL, method: 'POST', headers: HEADERS });
  // The body comes later than the headers, in the asynchronous context of the socket.
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.end(JSON.stringify({ maxAge: '15m' }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(202);
  const { refresh } = (await json(response)) as { refresh: { runId: string } };

  const server = named('POST /v1/connections/:connectionId/refreshes');
  const client = named('StartWorkflow:refreshConnection');
  expect(server.spanContext().traceId).toBe(CALLER);
  expect(server.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  expect(client.parentSpanContext?.spanId).toBe(server.spanContext().spanId);
  expect(server.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/v1/connections/:connectionId/refreshes',
    'http.response.status_code': 202,
    'meld_refresh.request_id': 'request-1',
    'meld_refresh.connection_id': 'connection-1',
    'meld_refresh.run_id': refresh.runId,
  });
  expect(client.attributes).toEqual({
    'meld_refresh.request_id': 'request-1',
    'meld_refresh.run_id': 'run-of-temporal',
  });
  expect(lines().find(({ event }) => event === 'http_request')).toMatchObject({
    requestId: 'request-1',
    runId: refresh.runId,
    trace_id: CALLER,
    span_id: server.spanContext().spanId,
  });
});

test('no span holds a key, a query, a body or the message of an error', async () => {
  const { app } = await tracedServer(new TypeError('canary-of-an-error'));
  await app.inject({
    method: 'POST',
    url: `${URL}?token=canary-of-a-query`,
    headers: { ...AUTHORIZED, 'content-type': 'application/json', 'idempotency-key': 'canary-of-a-key' },
    body: JSON.stringify({ maxAge: '15m', customerId: 'canary-of-a-body' }),
  });
  await app.inject({ url: '/canary-of-a-path' });
  expect(spans().map(({ name, status }) => [name, status.code])).toEqual([
    ['StartWorkflow:refreshConnection', 2],
    ['POST /v1/connections/:connectionId/refreshes', 2],
    ['GET', 0],
  ]);
  const text = JSON.stringify(
    spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
  expect(text).toContain('TypeError');
  expect(text).not.toMatch(/canary/);
  expect(text).not.toContain(API_KEY);
});

test('that there is no such run is an answer of Temporal, and no error of its span', async () => {
  const { app } = await tracedServer(
    new WorkflowNotFoundError('none', 'refresh-connection-connection-1', ''),
  );
  await app.inject({ method: 'POST', url: URL, headers: AUTHORIZED });
  const { attributes, status } = named('StartWorkflow:refreshConnection');
  expect([attributes['error.type'], status.code]).toEqual(['WorkflowNotFoundError', SpanStatusCode.UNSET]);
});

test.each([
  ['an answer that refuses the caller', '/v1/connections/none/refreshes/latest', {}, SpanStatusCode.UNSET],
  ['an answer of trouble', '/v1/connections/in-trouble/refreshes/latest', AUTHORIZED, SpanStatusCode.ERROR],
])('the span of %s has the status %#', async (_what, url, headers, code) => {
  const { app } = await aServer({
    traceRequests: tracing.traceRequests,
    refreshes: { ...makeFakeRefreshes(), latest: () => Promise.reject(new Error('a bug')) },
  });
  await app.inject({ url, headers });
  expect(spans().map(({ status }) => status.code)).toEqual([code]);
});

test('what machines ask all the time has no span', async () => {
  const { app } = await tracedServer();
  await app.inject({ url: '/healthz' });
  expect(spans()).toEqual([]);
});

describe('the attempts of a run’s activities', () => {
  const runId = '0198f3a2-7c1e-7b54-9a61-5d0c3b8e2f10';
  const entries: LogEntry[] = [];
  const environment = new MockActivityEnvironment(
    {
      activityType: 'requestRefresh',
      attempt: 2,
      workflowExecution: { workflowId: 'refresh-connection-connection-1', runId },
    },
    {
      interceptors: [tracing.activityInterceptors],
      logger: new DefaultLogger('INFO', (entry) => entries.push(entry)),
    },
  );
  const argument = { connectionId: 'connection-1', products: ['canary'] };

  test('are one trace, whose id is the run id, and tell what Meld answered', async () => {
    const activity = async (_input: object) => {
      log.info('inside');
      return { answer: 'rate_limited', requestId: 'canary' };
    };
    await environment.run(activity, argument);
    await environment.run(activity, argument);
    expect(spans().map((span) => [span.name, span.spanContext().traceId, span.parentSpanContext])).toEqual([
      ['RunActivity:requestRefresh', runId.replaceAll('-', ''), undefined],
      ['RunActivity:requestRefresh', runId.replaceAll('-', ''), undefined],
    ]);
    expect(spans()[0]!.attributes).toEqual({
      'meld_refresh.run_id': runId,
      'meld_refresh.connection_id': 'connection-1',
      'temporal.activity.attempt': 2,
      'meld.answer': 'rate_limited',
    });
    expect(entries[0]?.meta).toMatchObject({
      trace_id: runId.replaceAll('-', ''),
      span_id: spans()[0]!.spanContext().spanId,
    });
  });

  test('and one that fails tells the type of its error alone', async () => {
    const failing = environment.run(() => Promise.reject(new RangeError('canary')), argument);
    await expect(failing).rejects.toThrow('canary');
    expect(spans()[0]!.attributes['error.type']).toBe('RangeError');
    expect(spans()[0]!.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(JSON.stringify(spans()[0]!.events)).not.toContain('canary');
  });
});

test('a request without traceparent is a trace of its own, and of no run', async () => {
  const { app } = await tracedServer();
  await app.inject({ url: `${URL}/latest`, headers: AUTHORIZED });
  const [span] = spans();
  expect(span?.parentSpanContext).toBeUndefined();
  expect(span?.spanContext().traceId).toMatch(/^(?!0198f3a2)[0-9a-f]{32}$/);
});
