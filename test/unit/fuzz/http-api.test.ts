import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { API_KEY, aServer, aWebhook, closeServers, NOW, signed } from '../server/a-server';
import { ask } from '../server/ask';
import type { Json } from '../server/json';
import { anyBytes, heapMb, nearObject, SEED, tellSeed } from './fuzz';

tellSeed('http-api');
afterEach(closeServers);

async function aListeningServer() {
  const limits = { maxWaitSeconds: 0.001, requestTimeoutMs: 500, headersTimeoutMs: 400, timeoutCheckMs: 50 };
  // No log: it would be what grows.
  const logger = pino({ level: 'silent' });
  const server = await aServer({ apiRateLimit: 10_000_000, limits, logger });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  return server;
}

/** Sends bytes, closes its half and gives back the status of each answer. */
async function sendRaw(app: FastifyInstance, bytes: string): Promise<readonly number[]> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.end(bytes, 'latin1');
  await once(socket, 'close');
  return [...received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}

const line = (text: string): string => text.replaceAll(/[\r\n]/g, '');
const anyHeader = fc
  .oneof(
    fc.tuple(
      fc.constantFrom(
        ...[
          'content-type',
          'content-length',
          'transfer-encoding',
          'expect',
          'connection',
          'upgrade',
          'prefer',
        ],
        ...[
          'x-request-id',
          'authorization',
          'meld-signature',
          'meld-signature-timestamp',
          'accept',
          'origin',
        ],
      ),
      fc.oneof(
        fc.constantFrom('0', '-1', '1e9', '99999999999999999999', 'chunked', 'gzip', '100-continue', 'close'),
        fc.constantFrom('websocket', 'h2c', 'wait=1', 'wait=1e99', 'application/json', 'Bearer ', NOW),
        anyBytes(60),
      ),
    ),
    fc.tuple(fc.stringMatching(/^[a-z-]{1,20}$/), anyBytes(60)),
  )
  .map(([name, value]) => `${name}: ${line(value)}\r\n`);

const VALUES = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('15m', 'wait', 'return', '-1s', NOW, '+275760-09-13T00:00:00Z', 2 ** 53, -0, '\ud800'),
  fc.array(fc.constantFrom('BALANCES', 'TRANSACTIONS', 'x')),
);
const FIELDS = [
  ...[
    'products',
    'freshSince',
    'maxAge',
    'giveUpAfter',
    'onRateLimit',
    'onRepair',
    'maxCharges',
    'priority',
    'policy',
  ],
  ...[
    'customerId',
    'connectionId',
    'payloads',
    'metadata',
    'data',
    'eventType',
    'eventId',
    'timestamp',
    'payload',
  ],
];
const anyBody = fc.oneof(
  nearObject(FIELDS, VALUES).map((body) => Buffer.from(JSON.stringify(body)).toString('latin1')),
  anyBytes(200),
  fc.constantFrom('', '{}', '{"maxAge":"15m"}'),
);

test('every documented operation answers any bytes, headers and JSON, and none of it with 5xx', async () => {
  const { app, refreshes } = await aListeningServer();
  const { body: document } = await ask(app, { url: '/openapi.json' });
  const operations = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
  );
  const parameter = fc.oneof(fc.constantFrom('connection-1', 'latest', '__proto__', '%00'), anyBytes(20));
  const target = fc
    .tuple(fc.constantFrom(...operations), parameter, fc.option(anyBytes(30), { nil: '' }))
    .map(([{ path, method }, value, query]) => {
      const filled = path.replaceAll(/\{\w+\}/g, () => value.replaceAll(/[\s\0]/g, ''));
      return {
        path,
        head: `${method} ${filled}${query && `?${query.replaceAll(/[\s\0]/g, '')}`} HTTP/1.1\r\n`,
      };
    });
  // Each operation as it is meant to be asked and one that is none, with and without a key: luck decides on no border.
  const wellMeant = [...operations, { path: '/v1/nothing', method: 'GET' }].flatMap(({ path, method }) =>
    [true, false].map((withKey): [{ path: string; head: string }, string[], boolean, string, boolean] => [
      { path, head: `${method} ${path.replaceAll(/\{\w+\}/g, 'connection-1')} HTTP/1.1\r\n` },
      [],
      withKey,
      '{}',
      true,
    ]),
  );
  const seen = new Map<number, number>();
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      target,
      fc.array(anyHeader, { maxLength: 3 }),
      fc.boolean(),
      anyBody,
      fc.constantFrom(true, true, true, false),
      async ({ path, head }, headers, withKey, body, withLength) => {
        const key = withKey ? `Authorization: Bearer ${API_KEY}\r\nContent-Type: application/json\r\n` : '';
        const length = withLength ? `Content-Length: ${body.length}\r\nConnection: close\r\n` : '';
        const statuses = await sendRaw(
          app,
          `${head}Host: x\r\n${key}${length}${headers.join('')}\r\n${body}`,
        );
        for (const status of statuses) {
          seen.set(status, (seen.get(status) ?? 0) + 1);
          if (status < 300) reached.add(path);
          expect(status).toBeLessThan(500);
        }
      },
    ),
    { numRuns: 2_500, seed: SEED, examples: wellMeant },
  );
  // Both sides of the border were reached, and nothing that came had a signature.
  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 202, 400, 401, 404]));
  expect(reached).toContain('/v1/connections/{connectionId}/refreshes');
  expect(refreshes.signals).toEqual([]);
});

test('nothing but a valid signature makes a signal, however near another one comes', async () => {
  const { app, refreshes } = await aListeningServer();
  await refreshes.refresh({ connectionId: 'connection-1' });
  const body = aWebhook();
  const right: Record<string, string> = signed(body);
  const flipped = fc.nat().chain((n) =>
    fc.constantFrom('meld-signature', 'meld-signature-timestamp').map((name) => {
      const text = right[name]!;
      const at = n % text.length;
      return { ...right, [name]: `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}` };
    }),
  );
  const wrong = fc.oneof(
    flipped,
    fc.stringMatching(/^[A-Za-z0-9_=-]{0,60}$/).map((text) => ({ ...right, 'meld-signature': text })),
    fc.constantFrom(
      signed(body, { secret: '' }),
      signed(body, { url: 'https://hooks.example.com/meld/' }),
      signed(`${body} `),
      { ...right, 'meld-signature': [right['meld-signature'], 'x'].join(',') },
      signed(body, { timestamp: '2020-01-01T00:00:00.000Z' }),
    ),
  );
  const post = (headers: Record<string, string>) =>
    ask(app, { method: 'POST', url: '/webhooks/meld', payload: body, headers });
  await fc.assert(
    fc.asyncProperty(wrong, async (headers: Record<string, string>) => {
      expect((await post(headers)).status).toBe(401);
    }),
    { numRuns: 400, seed: SEED },
  );
  expect(refreshes.signals).toEqual([]);
  expect((await post(right)).status).toBe(200);
  expect(refreshes.signals).toHaveLength(1);
});

test('what is refused leaves nothing behind: 120 MB of bodies, keys and ids, and the heap is as it was', async () => {
  const { app } = await aListeningServer();
  const round = async (from: number, count: number): Promise<void> => {
    for (let n = from; n < from + count; n += 1) {
      const headers = { authorization: `Bearer guess-${n}-${'k'.repeat(2_000)}`, 'x-request-id': `id-${n}` };
      const payload = `${n}`.padEnd(60_000, 'x');
      await app.inject({
        method: 'POST',
        url: '/webhooks/meld',
        payload,
        headers: { 'meld-signature': payload.slice(0, 5_000) },
      });
      await app.inject({ method: 'GET', url: `/v1/connections/c-${n}/refreshes/latest`, headers });
      await app.inject({ method: 'GET', url: `/nowhere/${n}/${'p'.repeat(2_000)}` });
    }
  };
  await round(0, 200);
  const before = heapMb();
  await round(200, 2_000);
  expect(heapMb() - before).toBeLessThan(10);
});
