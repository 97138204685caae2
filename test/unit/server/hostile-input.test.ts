import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { API_KEY, AUTHORIZED, aServer, closeServers, signed } from './a-server';
import { ask } from './ask';
import type { Json } from './json';

afterEach(closeServers);

const AUTHORIZATION = `Authorization: Bearer ${API_KEY}\r\n`;

/** Sends bytes and collects the answer until the server closes the connection. */
async function sendRaw(app: FastifyInstance, bytes: string): Promise<{ status: number; body: Json }> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('utf8')));
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  const [head = '', body = ''] = received.split('\r\n\r\n', 2);
  return { status: Number(head.split(' ')[1]), body: body.startsWith('{') ? JSON.parse(body) : body };
}

async function aListeningServer(limits = {}) {
  const server = await aServer({ limits });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  return server;
}

const post = (rest: string) =>
  `POST /v1/connections/c1/refreshes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${AUTHORIZATION}${rest}`;
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${AUTHORIZATION}\r\n`;

test.each([
  ['no HTTP at all', 'hello\r\n\r\n', 400, 'malformed-http'],
  ['a line break within a header', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n', 400, 'malformed-http'],
  ['two lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}'), 400, 'malformed-http'],
  [
    'a length and chunks',
    post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    400,
    'malformed-http',
  ],
  [
    'a broken chunk',
    post('Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    400,
    'malformed-http',
  ],
  ['no host', `GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n`, 400, 'malformed-http'],
  [
    'two hosts',
    `GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n`,
    400,
    'malformed-http',
  ],
  ['an expectation', post('Expect: tea\r\nContent-Length: 0\r\n\r\n'), 417, 'expectation-failed'],
  [
    'huge headers',
    `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers-too-large',
  ],
  ['a path that climbs', get('/v1/connections/../../etc/passwd'), 404, 'no-such-route'],
  ['an id of escaped dots', get('/v1/connections/%2e%2e/refreshes/latest'), 400, 'invalid-request'],
  [
    'an id with an escaped slash',
    get('/v1/connections/..%2f..%2fx/refreshes/latest'),
    400,
    'invalid-request',
  ],
  ['an id with an escaped NUL', get('/v1/connections/a%00b/refreshes/latest'), 400, 'invalid-request'],
  ['an id that is no UTF-8', get('/v1/connections/%ff%fe/refreshes/latest'), 400, 'invalid-request'],
  ['a 10 kB id', get(`/v1/connections/${'a'.repeat(10_000)}/refreshes/latest`), 414, 'uri-too-long'],
  [
    'a body that is no UTF-8',
    post('Content-Type: application/json\r\nContent-Length: 2\r\n\r\n\xff\xfe'),
    400,
    'invalid-request',
  ],
  [
    'a compressed body',
    post('Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{x'),
    400,
    'invalid-request',
  ],
])('answers %s with a problem that says what was expected', async (_name, bytes, status, kind) => {
  const { app } = await aListeningServer();
  const answer = await sendRaw(app, bytes);
  expect([answer.status, answer.body.type]).toEqual([status, `urn:meld-refresh:problem:${kind}`]);
  expect(answer.body.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect((await ask(app, { url: '/healthz' })).status).toBe(200);
});

test.each([
  ['headers', 'GET /healthz HTTP/1.1\r\nHost: x\r\n'],
  ['a body', post('Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{')],
])('cuts off who never finishes %s', async (_name, bytes) => {
  const { app } = await aListeningServer({
    requestTimeoutMs: 150,
    headersTimeoutMs: 100,
    timeoutCheckMs: 20,
  });
  const { status, body } = await sendRaw(app, bytes);
  expect([status, body.type]).toEqual([408, 'urn:meld-refresh:problem:request-timeout']);
});

describe('whatever is sent', () => {
  // One server for thousands of requests: the limits are not what is looked at here.
  const unlimited = { apiRateLimit: 1_000_000, limits: { maxWaitSeconds: 0.001 } };

  const anyId = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text)),
    fc.string({
      unit: fc.constantFrom('%', '.', '/', '2', 'e', 'f', 'a', '?', '#', ';', '\\'),
      maxLength: 12,
    }),
    fc.stringMatching(/^[A-Za-z0-9_-]{1,140}$/),
    fc.constantFrom('__proto__', 'constructor', 'latest', '..', 'null', '%00'),
  );
  const anyValue = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      '1h',
      '-1h',
      '9'.repeat(40) + 'y',
      '1e400s',
      '2026-03-01T11:00:00Z',
      '0000-01-01T00:00:00Z',
    ),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.array(fc.constantFrom('BALANCES', 'TRANSACTIONS', 'OWNERS', '', 'x')),
    fc.constantFrom(0, -0, 1, 2 ** 53, 1e308, 'wait', 'return'),
  );
  const anyBody = fc.oneof(
    fc
      .dictionary(
        fc.constantFrom(
          'products',
          'freshSince',
          'maxAge',
          'giveUpAfter',
          'onRateLimit',
          'maxCharges',
          'customerId',
          '__proto__',
          'policy',
        ),
        anyValue,
        { maxKeys: 3 },
      )
      .map((body) => JSON.stringify(body)),
    fc.json(),
    fc.string(),
    fc.string({ unit: 'binary' }),
  );
  const anyContentType = fc.oneof(
    { weight: 5, arbitrary: fc.constant('application/json') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'text/plain',
        'application/json; charset=latin1',
        '',
        'a/b/c',
        'multipart/form-data',
      ),
    },
  );

  test('starting a refresh answers well, or 4xx with a problem, and never 5xx', async () => {
    const { app } = await aServer(unlimited);
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        anyId,
        anyBody,
        anyContentType,
        fc.boolean(),
        async (id, payload, contentType, customer) => {
          const url = customer ? `/v1/customers/${id}/refreshes` : `/v1/connections/${id}/refreshes`;
          const headers = { ...AUTHORIZED, 'content-type': contentType };
          const { status } = await ask(app, { method: 'POST', url, payload, headers });
          seen.add(status);
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 1_500 },
    );
    // The generator reaches both sides of the border.
    expect([...seen]).toEqual(expect.arrayContaining([202, 400, 415]));
  });

  test('reading, listing and canceling answers well, or 4xx with a problem, and never 5xx', async () => {
    const { app } = await aServer(unlimited);
    const anyQuery = fc
      .array(
        fc.tuple(
          fc.constantFrom('wait', 'state', 'outcome', 'customerId', 'provider', 'limit', 'cursor', 'x'),
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.constantFrom('1', '0', 'running', '1e3', '0x10', ' 1', 'Infinity', 'NaN'),
          ),
        ),
        { maxLength: 3 },
      )
      .map((pairs) => pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&'));
    const anyPath = fc.oneof(
      anyId.map((id) => `/v1/connections/${id}/refreshes/latest`),
      fc.tuple(anyId, anyId).map(([id, runId]) => `/v1/connections/${id}/refreshes/${runId}`),
      fc.constant('/v1/refreshes'),
    );
    await fc.assert(
      fc.asyncProperty(anyPath, anyQuery, fc.constantFrom('GET', 'DELETE'), async (path, query, method) => {
        const { status } = await ask(app, { method, url: `${path}?${query}`, headers: AUTHORIZED });
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 1_500 },
    );
  });

  test('a signed webhook of any body is taken, and an unsigned one refused', async () => {
    const { app } = await aServer();
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      anyBody.map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(anyBytes, fc.boolean(), async (payload, isSigned) => {
        const headers = isSigned
          ? signed(payload)
          : { 'meld-signature': 'x', 'meld-signature-timestamp': '1' };
        const { status } = await ask(app, { method: 'POST', url: '/webhooks/meld', payload, headers });
        expect(status).toBe(isSigned ? 200 : 401);
      }),
      { numRuns: 500 },
    );
  });
});
