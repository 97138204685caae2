import { randomUUID } from 'node:crypto';
import { API_KEY, startServerRig, type ServerRig } from './support/server-rig';

let rig: ServerRig;

beforeAll(async () => {
  rig = await startServerRig();
});

afterAll(async () => {
  await rig.close();
});

interface Options {
  readonly method?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

async function call(path: string, { method = 'GET', body, headers = {} }: Options = {}) {
  const answer = await fetch(`${rig.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${API_KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: JSON.parse(await answer.text()) };
}

const aConnection = (spec: Parameters<ServerRig['meld']['createConnection']>[0] = {}) =>
  rig.meld.createConnection({ id: `conn-${randomUUID()}`, ...spec }).id;

const pathOf = (connectionId: string) => `/v1/connections/${connectionId}/refreshes`;

test('a refresh is started over HTTP, woken by Meld’s signed webhooks, and seen to its end by a waiting request', async () => {
  const id = aConnection({ customerId: 'customer-1' });
  const started = await call(pathOf(id), { method: 'POST', body: { customerId: 'customer-1' } });
  expect([started.status, started.body.disposition]).toEqual([202, 'started']);

  const ended = await call(`${started.headers.get('location')}?wait=30`);
  expect(ended.status).toBe(200);
  expect(ended.body.refresh).toMatchObject({ runId: started.body.refresh.runId, state: 'ended' });
  expect(ended.body.refresh.result).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'accepted' }] });
  expect(Object.values<{ by: string }>(ended.body.refresh.result.evidence).map(({ by }) => by)).toContain(
    'event',
  );
  expect(rig.meld.ledger(id)).toHaveLength(1);
  expect(rig.meld.deliveries(id).every(({ attempts }) => attempts.at(-1)?.result === 'ok')).toBe(true);
});

test('Prefer: wait answers with the result in one exchange', async () => {
  const id = aConnection();
  const { status, body } = await call(pathOf(id), { method: 'POST', headers: { prefer: 'wait=30' } });
  expect([status, body.refresh.result?.outcome]).toEqual([200, 'refreshed']);
});

test('twenty requests at once for one connection are one run and one charged call', async () => {
  const id = aConnection();
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(pathOf(id), { method: 'POST' })));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  expect(new Set(answers.map(({ body }) => body.refresh.runId)).size).toBe(1);
  expect(answers.filter(({ body }) => body.disposition === 'started')).toHaveLength(1);
  await call(`${pathOf(id)}/latest?wait=30`);
  expect(rig.meld.ledger(id)).toHaveLength(1);
});

test('a refresh is canceled over HTTP, and a waiting request sees it', async () => {
  const id = aConnection({ scenario: 'mx_window' });
  await call(pathOf(id), { method: 'POST' });
  const waiting = call(`${pathOf(id)}/latest?wait=30`);
  expect((await call(`${pathOf(id)}/latest`, { method: 'DELETE' })).status).toBe(202);
  expect((await waiting).body.refresh.state).toBe('canceled');
  expect((await call(`${pathOf(id)}/latest`, { method: 'DELETE' })).status).toBe(404);
});

test('all connections of a customer are refreshed, and listed', async () => {
  const customerId = `customer-${randomUUID()}`;
  const ids = [aConnection({ customerId }), aConnection({ customerId })].sort();
  const { status, body } = await call(`/v1/customers/${customerId}/refreshes`, { method: 'POST', body: {} });
  expect(status).toBe(202);
  expect(body.refreshes.map((one: { connectionId: string }) => one.connectionId).sort()).toEqual(ids);
  for (const id of ids) await call(`${pathOf(id)}/latest?wait=30`);

  const seen = await untilListed(`/v1/refreshes?customerId=${customerId}&state=ended&limit=1`, 2);
  expect(seen.map(({ connectionId }) => connectionId).sort()).toEqual(ids);
  expect(seen.map(({ outcome }) => outcome)).toEqual(['refreshed', 'refreshed']);
});

test('a cursor of another list, and one that was made up, are refused', async () => {
  for (const cursor of ['nonsense', 'a.b', Buffer.from('{}').toString('base64')]) {
    const { status, body } = await call(`/v1/refreshes?cursor=${encodeURIComponent(cursor)}`);
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/cursor']);
  }
});

test('the repair link comes from Meld', async () => {
  const id = aConnection({ scenario: 'repair' });
  const { status, body, headers } = await call(`/v1/connections/${id}/repair`, { method: 'POST' });
  expect(status).toBe(200);
  expect(body).toEqual({ connectionId: id, widgetUrl: expect.any(String), connectToken: expect.any(String) });
  expect(headers.get('cache-control')).toBe('no-store');
  expect((await call('/v1/connections/nowhere/repair', { method: 'POST' })).status).toBe(404);
});

test('a run that never was is 404', async () => {
  expect((await call(`${pathOf('never')}/latest`)).status).toBe(404);
  expect((await call(`${pathOf('never')}/${randomUUID()}`)).status).toBe(404);
});

interface Listed {
  readonly connectionId: string;
  readonly outcome?: string;
}

/** Follows the pages until the list, which trails the runs by moments, holds that many. */
async function untilListed(path: string, count: number): Promise<readonly Listed[]> {
  const untilMs = performance.now() + 10_000;
  for (;;) {
    const listed: Listed[] = [];
    let page = (await call(path)).body;
    listed.push(...page.refreshes);
    while (page.nextCursor !== undefined) {
      page = (await call(`${path}&cursor=${encodeURIComponent(page.nextCursor)}`)).body;
      listed.push(...page.refreshes);
    }
    if (listed.length >= count) return listed;
    if (performance.now() > untilMs) throw new Error(`only ${listed.length} listed by ${path}`);
  }
}
