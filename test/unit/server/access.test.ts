import { API_KEY, AUTHORIZED, aServer, closeServers, OLD_API_KEY } from './a-server';
import { ask } from './ask';

afterEach(closeServers);

const LATEST = '/v1/connections/connection-1/refreshes/latest';

test.each([
  ['the first key', `Bearer ${API_KEY}`],
  ['the second key, which is being rotated out', `Bearer ${OLD_API_KEY}`],
  ['the scheme in small letters', `bearer ${API_KEY}`],
])('opens the API to %s', async (_name, authorization) => {
  const { app } = await aServer();
  expect((await ask(app, { url: LATEST, headers: { authorization } })).status).toBe(404);
});

test.each([
  ['no header', {}],
  ['another key', { authorization: 'Bearer guessed' }],
  ['the beginning of a key', { authorization: `Bearer ${API_KEY.slice(0, -1)}` }],
  ['a key and something after it', { authorization: `Bearer ${API_KEY}x` }],
  ['both keys', { authorization: `Bearer ${API_KEY},${OLD_API_KEY}` }],
  ['a key without a scheme', { authorization: API_KEY }],
  ['another scheme', { authorization: `Basic ${API_KEY}` }],
  ['an empty key', { authorization: 'Bearer ' }],
])('keeps the API closed to %s', async (_name, headers) => {
  const { app, refreshes, log } = await aServer();
  for (const [method, url] of [
    ['POST', '/v1/connections/connection-1/refreshes'],
    ['GET', LATEST],
    ['DELETE', LATEST],
    ['POST', '/v1/customers/customer-1/refreshes'],
    ['GET', '/v1/refreshes'],
    ['POST', '/v1/connections/connection-1/repair'],
    ['GET', '/metrics'],
  ] as const) {
    const answer = await ask(app, { method, url, headers });
    expect([url, answer.status, answer.body.type]).toEqual([
      url,
      401,
      'urn:meld-refresh:problem:unauthorized',
    ]);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  }
  expect(refreshes.requests).toEqual([]);
  expect(log()).not.toContain('key-0123456789');
});

test.each(['/healthz', '/readyz', '/openapi.json', '/docs'])('%s needs no key', async (url) => {
  const { app } = await aServer();
  expect((await ask(app, { url })).status).toBe(200);
});

test('without configured keys everything is open', async () => {
  const { app, lines } = await aServer({ apiKeys: [] });
  expect((await ask(app, { url: '/v1/refreshes' })).status).toBe(200);
  expect((await ask(app, { url: '/metrics' })).status).toBe(200);
  expect(lines()[0]).toMatchObject({ caller: 'open' });
});

test('tells callers apart in the log by the position of their key, never by the key', async () => {
  const { app, lines, log } = await aServer();
  await ask(app, {
    url: `${LATEST}?wait=0&secret=canary`,
    headers: { authorization: `Bearer ${OLD_API_KEY}` },
  });
  expect(lines()).toEqual([
    expect.objectContaining({ event: 'http_request', caller: 'key-2', path: LATEST, status: 400 }),
  ]);
  expect(log()).not.toMatch(/canary|key-0123456789/);
});

describe('the rate limit', () => {
  test('holds for each key on its own and says when to come back', async () => {
    const { app } = await aServer({ apiRateLimit: 2 });
    const first = { url: '/v1/refreshes', headers: AUTHORIZED };
    expect((await ask(app, first)).status).toBe(200);
    expect((await ask(app, { ...first, url: LATEST })).status).toBe(404);
    const refused = await ask(app, first);
    expect([refused.status, refused.body.type]).toEqual([429, 'urn:meld-refresh:problem:rate-limited']);
    expect(refused.body.detail).toMatch(/2 requests a minute/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const other = { ...first, headers: { authorization: `Bearer ${OLD_API_KEY}` } };
    expect((await ask(app, other)).status).toBe(200);
  });

  test('counts no request without a valid key, so that nobody can use up another’s share', async () => {
    const { app } = await aServer({ apiRateLimit: 1 });
    for (let i = 0; i < 5; i += 1) {
      expect(
        (await ask(app, { url: '/v1/refreshes', headers: { authorization: 'Bearer guessed' } })).status,
      ).toBe(401);
    }
    expect((await ask(app, { url: '/v1/refreshes', headers: AUTHORIZED })).status).toBe(200);
  });

  test('does not hold for webhooks, probes and metrics', async () => {
    const { app } = await aServer({ apiRateLimit: 1 });
    for (const url of ['/healthz', '/readyz', '/metrics']) {
      for (let i = 0; i < 3; i += 1) expect((await ask(app, { url, headers: AUTHORIZED })).status).toBe(200);
    }
  });
});

describe('the request id', () => {
  test.each(['trace-1', 'A.b_c-9', 'x'.repeat(64)])('%s is taken from the caller', async (id) => {
    const { app, lines } = await aServer();
    const { headers, body } = await ask(app, { url: LATEST, headers: { ...AUTHORIZED, 'x-request-id': id } });
    expect([headers['x-request-id'], body.requestId]).toEqual([id, id]);
    expect(body.instance).toBe(`urn:meld-refresh:request:${id}`);
    expect(lines()[0]).toMatchObject({ requestId: id });
  });

  test.each(['', 'x'.repeat(65), 'a b', '<script>', '{"a":1}', '-a', 'ä'])('%p is replaced', async (id) => {
    const { app } = await aServer();
    const { headers } = await ask(app, { url: '/healthz', headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each(['/nowhere', '/v1/connections/%zz/refreshes/latest'])(
    'is in the answer to %s too',
    async (url) => {
      const { app } = await aServer();
      const { headers, body } = await ask(app, { url, headers: { 'x-request-id': 'trace-1' } });
      expect([headers['x-request-id'], body.requestId]).toEqual(['trace-1', 'trace-1']);
    },
  );
});
