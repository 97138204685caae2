import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { AUTHORIZED, aServer, closeServers, until } from './a-server';
import { ask } from './ask';

afterEach(closeServers);

const URL = '/v1/connections/connection-1/refreshes';
const RUN_ID = '0198f3a6-5f0e-7c1d-9a55-000000000000';
const latest = { url: `${URL}/latest`, headers: AUTHORIZED } as const;

test('shows the latest run while it goes on and after its end', async () => {
  const { app, refreshes } = await aServer();
  await refreshes.refresh({ connectionId: 'connection-1' });
  const running = await ask(app, latest);
  expect(running.status).toBe(200);
  expect(running.body.refresh).toMatchObject({ runId: RUN_ID, state: 'running', progress: { calls: 1 } });
  refreshes.end('connection-1');
  const ended = await ask(app, latest);
  expect(ended.body.refresh).toMatchObject({ state: 'ended', result: { outcome: 'refreshed' } });
  expect(ended.body.refresh).not.toHaveProperty('outcome');
});

test('shows an earlier run by its id', async () => {
  const { app, refreshes } = await aServer();
  await refreshes.refresh({ connectionId: 'connection-1' });
  refreshes.end('connection-1');
  await refreshes.refresh({ connectionId: 'connection-1' });
  const { status, body } = await ask(app, { url: `${URL}/${RUN_ID}`, headers: AUTHORIZED });
  expect([status, body.refresh.state]).toEqual([200, 'ended']);
});

test.each([
  ['the latest when there never was one', `${URL}/latest`],
  ['a run nobody knows', `${URL}/${RUN_ID}`],
  ['the latest, waiting', `${URL}/latest?wait=5`],
  ['a run nobody knows, waiting', `${URL}/${RUN_ID}?wait=5`],
])('answers 404 for %s', async (_name, url) => {
  const { app } = await aServer();
  const { status, body } = await ask(app, { url, headers: AUTHORIZED });
  expect([status, body.type]).toEqual([404, 'urn:meld-refresh:problem:refresh-not-found']);
});

test.each([
  ['a run id that is no UUID', `${URL}/nonsense`, 'path', '/runId', /UUID/],
  ['a wait in words', `${URL}/latest?wait=soon`, 'query', '/wait', /whole seconds from 0 to 60/],
  ['a wait in powers', `${URL}/latest?wait=1e1`, 'query', '/wait', /whole seconds from 0 to 60/],
  ['a wait in hexadecimal', `${URL}/latest?wait=0x1`, 'query', '/wait', /whole seconds from 0 to 60/],
  ['an empty wait', `${URL}/latest?wait=`, 'query', '/wait', /whole seconds from 0 to 60/],
  ['a wait beyond the limit', `${URL}/latest?wait=61`, 'query', '/wait', /whole seconds from 0 to 60/],
  ['a negative wait', `${URL}/latest?wait=-1`, 'query', '/wait', /whole seconds from 0 to 60/],
  ['an unknown parameter', `${URL}/latest?timeout=5`, 'query', '', /expected only wait/],
  [
    'an id that climbs',
    '/v1/connections/..%2f..%2fadmin/refreshes/latest',
    'path',
    '/connectionId',
    /letters, digits/,
  ],
  [
    'an id with a line break',
    '/v1/connections/a%0ab/refreshes/latest',
    'path',
    '/connectionId',
    /letters, digits/,
  ],
  ['an empty id', '/v1/connections//refreshes/latest', 'path', '/connectionId', /letters, digits/],
])('refuses %s', async (_name, url, where, pointer, detail) => {
  const { app } = await aServer();
  const { status, body } = await ask(app, { url, headers: AUTHORIZED });
  expect(status).toBe(400);
  expect(body.errors).toContainEqual({ in: where, pointer, detail: expect.stringMatching(detail) });
});

test.each([
  ['10 kB', 'a'.repeat(10_240), 414, 'uri-too-long'],
  ['a broken escape', '%zz', 400, 'invalid-request'],
])('refuses an id with %s', async (_name, id, status, kind) => {
  const { app } = await aServer();
  const answer = await ask(app, { url: `/v1/connections/${id}/refreshes/latest`, headers: AUTHORIZED });
  expect([answer.status, answer.body.type]).toEqual([status, `urn:meld-refresh:problem:${kind}`]);
});

describe('?wait=', () => {
  test('holds the answer until the run ends', async () => {
    const { app, refreshes } = await aServer();
    await refreshes.refresh({ connectionId: 'connection-1' });
    const held = ask(app, { ...latest, url: `${URL}/latest?wait=60` });
    await until(() => refreshes.waiting() === 1);
    refreshes.end('connection-1');
    const { status, body } = await held;
    expect([status, body.refresh.state]).toEqual([200, 'ended']);
  });

  test('answers with the run as it is when the time is over', async () => {
    const { app, refreshes } = await aServer();
    await refreshes.refresh({ connectionId: 'connection-1' });
    const before = performance.now();
    const { status, body } = await ask(app, { ...latest, url: `${URL}/${RUN_ID}?wait=1` });
    expect([status, body.refresh.state]).toEqual([200, 'running']);
    expect(performance.now() - before).toBeGreaterThan(900);
  });

  test('is refused beyond the limit per key, which does not touch requests without it or of other keys', async () => {
    const { app, refreshes } = await aServer({ limits: { waitsPerCaller: 1 } });
    await refreshes.refresh({ connectionId: 'connection-1' });
    const waiting = { ...latest, url: `${URL}/latest?wait=60` };
    const held = ask(app, waiting);
    await until(() => refreshes.waiting() === 1);

    const refused = await ask(app, waiting);
    expect([refused.status, refused.body.type]).toEqual([429, 'urn:meld-refresh:problem:too-many-waits']);
    expect(refused.headers['retry-after']).toBe('1');
    expect((await ask(app, latest)).status).toBe(200);
    const other = ask(app, { ...waiting, headers: { authorization: 'Bearer older-key-0123456789abcdef' } });
    await until(() => refreshes.waiting() === 2);

    refreshes.end('connection-1');
    expect([(await held).status, (await other).status]).toEqual([200, 200]);
    expect((await ask(app, waiting)).status).toBe(200);
  });

  test('ends when the caller hangs up, and makes room for another', async () => {
    const { app, refreshes } = await aServer({ limits: { waitsPerCaller: 1 } });
    await refreshes.refresh({ connectionId: 'connection-1' });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(
      `GET ${URL}/latest?wait=60 HTTP/1.1\r\nhost: x\r\nauthorization: ${AUTHORIZED.authorization}\r\n\r\n`,
    );
    await until(() => refreshes.waiting() === 1);
    const waiting = { ...latest, url: `${URL}/latest?wait=1` };
    expect((await ask(app, waiting)).status).toBe(429);

    socket.destroy();
    await until(() => refreshes.waiting() === 0);
    expect((await ask(app, waiting)).status).toBe(200);
  });

  test('ends with the state of the run when the server stops, and the server does not wait for it', async () => {
    const { app, refreshes } = await aServer();
    await refreshes.refresh({ connectionId: 'connection-1' });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    socket.write(
      `GET ${URL}/latest?wait=60 HTTP/1.1\r\nhost: x\r\nauthorization: ${AUTHORIZED.authorization}\r\n\r\n`,
    );
    await until(() => refreshes.waiting() === 1);
    await Promise.all([app.close(), once(socket, 'close')]);
    expect(received).toMatch(/^HTTP\/1.1 200 OK/);
    expect(received).toContain('"state":"running"');
  });
});
