import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { aServer, closeServers } from './a-server';
import { ask } from './ask';

afterEach(closeServers);

test('/healthz answers 200 whatever Temporal does', async () => {
  const { app } = await aServer({ pingTemporal: () => Promise.reject(new Error('gone')) });
  expect((await ask(app, { url: '/healthz' })).status).toBe(200);
});

test.each([
  ['answers', () => Promise.resolve(), 200],
  ['cannot be reached', () => Promise.reject(new Error('14 UNAVAILABLE: 10.0.0.7')), 503],
  ['says nothing', () => new Promise(() => undefined), 503],
])('/readyz when Temporal %s', async (_name, pingTemporal, status) => {
  const { app } = await aServer({ pingTemporal, limits: { readinessTimeoutMs: 50 } });
  const answer = await ask(app, { url: '/readyz' });
  expect(answer.status).toBe(status);
  expect(answer.text).not.toContain('10.0.0.7');
});

test('/readyz asks Temporal once for all who ask at a time, and again for the next', async () => {
  const pings: (() => void)[] = [];
  const { app } = await aServer({ pingTemporal: () => new Promise<void>((resolve) => pings.push(resolve)) });
  const many = Array.from({ length: 20 }, () => ask(app, { url: '/readyz' }));
  await new Promise((resolve) => setImmediate(resolve));
  pings[0]!();
  expect((await Promise.all(many)).map(({ status }) => status)).toEqual(
    Array.from({ length: 20 }, () => 200),
  );
  expect(pings).toHaveLength(1);
  const next = ask(app, { url: '/readyz' });
  await new Promise((resolve) => setImmediate(resolve));
  pings[1]!();
  expect((await next).status).toBe(200);
});

test('/metrics counts requests by route and status, and refreshes by disposition', async () => {
  const { app } = await aServer({ apiKeys: [] });
  const start = { method: 'POST', url: '/v1/connections/connection-1/refreshes' } as const;
  await ask(app, start);
  await ask(app, start);
  await ask(app, { ...start, payload: { products: ['NONE'] } });
  await ask(app, { url: '/v1/nowhere/connection-1' });
  const { text, headers } = await ask(app, { url: '/metrics' });
  expect(headers['content-type']).toMatch(/^text\/plain; version=0.0.4/);
  const route = 'route="/v1/connections/:connectionId/refreshes"';
  expect(text).toContain(
    `meld_refresh_http_request_duration_seconds_count{method="POST",${route},status="202"} 2`,
  );
  expect(text).toContain(
    `meld_refresh_http_request_duration_seconds_count{method="POST",${route},status="400"} 1`,
  );
  expect(text).toContain('meld_refresh_refreshes_total{disposition="started"} 1');
  expect(text).toContain('meld_refresh_refreshes_total{disposition="joined"} 1');
  // Ids in labels would make a series of each connection.
  expect(text).not.toContain('connection-1');
});

test('two servers of one process count apart', async () => {
  const [one, other] = [await aServer({ apiKeys: [] }), await aServer({ apiKeys: [] })];
  await ask(one.app, { method: 'POST', url: '/v1/connections/connection-1/refreshes' });
  expect((await ask(other.app, { url: '/metrics' })).text).not.toContain('disposition="started"');
});

test('/ leads to the docs', async () => {
  const { app } = await aServer();
  const { status, headers } = await ask(app, { url: '/' });
  expect([status, headers['location']]).toEqual([302, '/docs']);
});

test.each([
  ['GET', '/webhooks/meld', 'POST'],
  ['PUT', '/v1/connections/c1/refreshes?x=1', 'POST, GET, HEAD'],
  ['POST', '/v1/connections/c1/refreshes/latest/', 'GET, HEAD, DELETE'],
  ['DELETE', '/healthz', 'GET, HEAD'],
] as const)('%s %s is 405 with Allow, because the path is known', async (method, url, allow) => {
  const { app } = await aServer();
  const { status, headers, body } = await ask(app, { method, url });
  expect([status, headers['allow'], body.type]).toEqual([
    405,
    allow,
    'urn:meld-refresh:problem:method-not-allowed',
  ]);
});

test.each(['/v1/connections/c1', '/v1/connections/a/b/refreshes', '/docs/x'])(
  '%s is 404: no such path',
  async (url) => {
    const { app } = await aServer();
    const { status, headers } = await ask(app, { url });
    expect([status, headers['allow']]).toEqual([404, undefined]);
  },
);

test('a trailing slash changes nothing', async () => {
  const { app } = await aServer();
  expect((await ask(app, { url: '/healthz/' })).status).toBe(200);
});

test('/docs is a page that loads and runs nothing but its own files, and fits narrow screens', async () => {
  const { app } = await aServer();
  const { text, headers } = await ask(app, { url: '/docs' });
  const policy = String(headers['content-security-policy']);
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(text).toContain('<meta name="viewport" content="width=device-width');
  const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
  expect(loaded.length).toBeGreaterThan(4);
  for (const url of [...loaded, '/docs/json']) {
    expect(url).toMatch(/^\/docs\//);
    expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 200]);
  }
  expect((await app.inject({ url: '/docs/json' })).json()).toEqual(
    (await app.inject({ url: '/openapi.json' })).json(),
  );
});

test('a request that arrives while the server is being closed is sent elsewhere', async () => {
  const { app } = await aServer();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  // Half a request keeps the connection from being idle, which the end of the server would close.
  socket.write('GET /healthz HTTP/1.1\r\n');
  await once(app.server, 'connection');
  await new Promise((resolve) => setImmediate(resolve));
  const closed = app.close();
  socket.write('Host: x\r\n\r\n');
  await Promise.all([closed, once(socket, 'close')]);
  expect(received).toMatch(/^HTTP\/1.1 503 /);
  expect(received).toContain('urn:meld-refresh:problem:shutting-down');
  expect(received).toMatch(/^retry-after: 1\r$/im);
});
