import { TemporalUnavailableError } from '../../../src/client';
import { MeldError } from '../../../src/meld/http/meld-error';
import type { MeldClient } from '../../../src/meld/meld-client';
import type { MeldFailure } from '../../../src/meld/http/meld-reply';
import { AUTHORIZED, aConnection, aServer, closeServers, REPAIR } from './a-server';
import { ask } from './ask';
import type { Json } from './json';

afterEach(closeServers);

const away = new TemporalUnavailableError('start the refresh', { cause: new Error('14 UNAVAILABLE') });

const FAILURES: readonly (readonly [string, MeldFailure, number, string, string | undefined])[] = [
  [
    '404',
    { reply: 'not_found', httpStatus: 404, requestId: 'meld-1' },
    404,
    'connection-not-found',
    undefined,
  ],
  [
    '401',
    { reply: 'access_denied', httpStatus: 401, requestId: 'meld-1' },
    502,
    'meld-access-denied',
    undefined,
  ],
  ['400', { reply: 'rejected', httpStatus: 400, requestId: 'meld-1' }, 409, 'meld-rejected', undefined],
  [
    '429',
    { reply: 'rate_limited', httpStatus: 429, requestId: 'meld-1', retryAfterMs: 7_200 },
    502,
    'meld-unavailable',
    '8',
  ],
  [
    '503',
    { reply: 'server_error', httpStatus: 503, requestId: 'meld-1' },
    502,
    'meld-unavailable',
    undefined,
  ],
  ['nothing', { reply: 'no_answer', problem: 'meld-1 timed out' }, 502, 'meld-unavailable', undefined],
];

describe('DELETE …/refreshes/latest', () => {
  const cancel = {
    method: 'DELETE',
    url: '/v1/connections/connection-1/refreshes/latest',
    headers: AUTHORIZED,
  } as const;

  test('asks the open refresh to stop', async () => {
    const { app, refreshes } = await aServer();
    await refreshes.refresh({ connectionId: 'connection-1' });
    const { status, body } = await ask(app, cancel);
    expect([status, body]).toEqual([202, { connectionId: 'connection-1', cancel: 'requested' }]);
    expect((await refreshes.latest('connection-1'))?.state).toBe('canceled');
  });

  test('answers 404 when no refresh is open, also after one has ended', async () => {
    const { app, refreshes } = await aServer();
    expect((await ask(app, cancel)).status).toBe(404);
    await refreshes.refresh({ connectionId: 'connection-1' });
    refreshes.end('connection-1');
    const { status, body } = await ask(app, cancel);
    expect([status, body.type]).toEqual([404, 'urn:meld-refresh:problem:refresh-not-found']);
    expect(body.detail).toMatch(/is open/);
  });
});

describe('POST /v1/customers/{customerId}/refreshes', () => {
  const refreshAll = {
    method: 'POST',
    url: '/v1/customers/customer-1/refreshes',
    headers: AUTHORIZED,
  } as const;

  test('says for each connection whether it was started or joined, or why it failed', async () => {
    const { app, refreshes } = await aServer();
    await refreshes.refresh({ connectionId: 'connection-2' });
    const { status, body } = await ask(app, {
      ...refreshAll,
      payload: { products: ['OWNERS'], maxCharges: 9 },
    });
    expect([status, body.customerId]).toEqual([202, 'customer-1']);
    expect(body.refreshes).toEqual([
      { connectionId: 'connection-1', disposition: 'started', runId: expect.any(String) },
      {
        connectionId: 'connection-2',
        disposition: 'failed',
        problem: expect.objectContaining({ type: 'urn:meld-refresh:problem:product-not-available' }),
      },
    ]);
    expect(refreshes.requests[1]).toEqual({
      connectionId: 'connection-1',
      customerId: 'customer-1',
      products: ['OWNERS'],
      maxCharges: 2,
      priority: 'bulk',
    });
  });

  test('hands the Idempotency-Key on to every connection, and refuses one that is none', async () => {
    const { app, refreshes } = await aServer();
    const keyed = (key: string) =>
      ask(app, { ...refreshAll, headers: { ...AUTHORIZED, 'idempotency-key': key } });
    expect((await keyed('payout-7')).status).toBe(202);
    expect(refreshes.requests.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['payout-7', 'payout-7']);
    expect((await keyed('x'.repeat(256))).status).toBe(400);
  });

  test('answers with an empty list for a customer without connections', async () => {
    const { app } = await aServer({ meld: aMeld(async function* () {}) });
    const { status, body } = await ask(app, refreshAll);
    expect([status, body.refreshes]).toEqual([202, []]);
  });

  test('starts the others when one connection cannot be read, and tells and logs what was wrong with it', async () => {
    const problem = 'connections.0: status: expected string, received undefined';
    const { app, lines } = await aServer({
      meld: aMeld(async function* (_filter, onUnreadable) {
        onUnreadable?.(problem);
        yield { ...aConnection('connection-2'), activeDuplicateConnectionId: null };
      }),
    });
    const { status, body } = await ask(app, refreshAll);
    expect([status, body]).toEqual([
      202,
      {
        customerId: 'customer-1',
        refreshes: [expect.objectContaining({ disposition: 'started' })],
        unreadable: [problem],
      },
    ]);
    expect(lines().find(({ event }) => event === 'meld_search_unreadable')).toMatchObject({
      level: 40,
      customerId: 'customer-1',
      problem,
    });
  });

  test('says what it leaves out, and why', async () => {
    const meld = aMeld(async function* () {
      const duplicate = { status: 'PARTIALLY_ACTIVE', statusReason: 'INACTIVE_DUPLICATE' };
      yield { ...aConnection('connection-1'), ...duplicate, activeDuplicateConnectionId: 'connection-2' };
      yield { ...aConnection('connection-2'), activeDuplicateConnectionId: 'connection-2' };
    });
    const { app } = await aServer({ meld });
    const { body } = await ask(app, refreshAll);
    expect(body.refreshes).toEqual([
      {
        connectionId: 'connection-1',
        disposition: 'skipped',
        reason: 'INACTIVE_DUPLICATE',
        activeDuplicateConnectionId: 'connection-2',
      },
      expect.objectContaining({ connectionId: 'connection-2', disposition: 'started' }),
    ]);
  });

  test('answers 503 when Temporal took none: nothing was accepted', async () => {
    const { app, refreshes } = await aServer();
    refreshes.fail(away);
    const { status, body } = await ask(app, refreshAll);
    expect([status, body.type]).toEqual([503, 'urn:meld-refresh:problem:temporal-unavailable']);
  });

  test('refuses customerId in the body: the path says it', async () => {
    const { app } = await aServer();
    const { status, body } = await ask(app, { ...refreshAll, payload: { customerId: 'other' } });
    expect([status, body.detail]).toEqual([400, expect.stringMatching(/unknown field "customerId"/)]);
  });

  test.each(FAILURES)(
    'tells what it means when Meld answers the search with %s',
    async (_name, failure, status, kind) => {
      const { app } = await aServer({
        meld: aMeld(async function* () {
          yield { ...aConnection('connection-1'), activeDuplicateConnectionId: null };
          throw new MeldError(failure);
        }),
      });
      const answer = await ask(app, refreshAll);
      expect([answer.status, answer.body.type]).toEqual([status, `urn:meld-refresh:problem:${kind}`]);
    },
  );

  test('names the customer too in the title of what Meld does not know', async () => {
    const meld = aMeld(async function* () {
      yield* [];
      throw new MeldError({ reply: 'not_found', httpStatus: 404, requestId: 'meld-1' });
    });
    const { app } = await aServer({ meld });
    expect((await ask(app, refreshAll)).body.title).toBe('Connection or customer not found at Meld');
  });

  function aMeld(searchConnections: MeldClient['searchConnections']) {
    return { searchConnections, repair: async () => ({ reply: 'ok', value: REPAIR }) as const };
  }
});

describe('GET /v1/connections/{connectionId}/refreshes', () => {
  const url = '/v1/connections/connection-1/refreshes';
  const read = (app: Parameters<typeof ask>[0], query = '') =>
    ask(app, { url: `${url}${query}`, headers: AUTHORIZED });

  test('lists the connection’s runs, newest first, with what they may cost', async () => {
    const { app, refreshes } = await aServer();
    await refreshes.refresh({ connectionId: 'connection-1' });
    refreshes.end('connection-1');
    await refreshes.refresh({ connectionId: 'connection-2' });
    await refreshes.refresh({ connectionId: 'connection-1' });
    const { status, body } = await read(app);
    expect(status).toBe(200);
    expect(body.refreshes).toMatchObject([
      { connectionId: 'connection-1', state: 'running', startedAt: expect.any(String), mayBeCharged: 1 },
      { connectionId: 'connection-1', state: 'ended', outcome: 'refreshed', endedAt: expect.any(String) },
    ]);
    expect((await read(app, '?state=ended')).body.refreshes).toHaveLength(1);
  });

  test('goes from page to page', async () => {
    const { app, refreshes } = await aServer();
    await refreshes.refresh({ connectionId: 'connection-1' });
    refreshes.end('connection-1');
    await refreshes.refresh({ connectionId: 'connection-1' });
    const first = await read(app, '?limit=1');
    const second = await read(app, `?limit=1&cursor=${encodeURIComponent(first.body.nextCursor)}`);
    expect(first.body.refreshes[0].state).toBe('running');
    expect(second.body.refreshes[0].state).toBe('ended');
    expect(second.body).not.toHaveProperty('nextCursor');
  });

  test.each([
    ['?since=yesterday', /since: expected an RFC 3339 instant/],
    ['?connectionId=other', /unknown parameter/],
  ])('refuses %s', async (query, detail) => {
    const { app } = await aServer();
    const { status, body } = await read(app, query);
    expect([status, body.detail]).toEqual([400, expect.stringMatching(detail)]);
  });

  test('is empty for a connection that was never refreshed', async () => {
    const { app } = await aServer();
    expect((await read(app)).body).toEqual({ refreshes: [] });
  });
});

describe('GET /v1/refreshes', () => {
  async function withThree() {
    const server = await aServer();
    for (const id of ['connection-1', 'connection-2', 'connection-3']) {
      await server.refreshes.refresh({
        connectionId: id,
        customerId: id === 'connection-3' ? 'customer-2' : 'customer-1',
      });
    }
    server.refreshes.end('connection-2');
    const list = async (query: string) =>
      ask(server.app, { url: `/v1/refreshes${query}`, headers: AUTHORIZED });
    return { ...server, list };
  }
  const ids = (body: Json) => body.refreshes.map((one: Json) => one.connectionId);

  test('lists the newest first, with the outcome and without the result', async () => {
    const { list } = await withThree();
    const { status, body } = await list('');
    expect([status, ids(body)]).toEqual([200, ['connection-3', 'connection-2', 'connection-1']]);
    expect(body).not.toHaveProperty('nextCursor');
    expect(body.refreshes[1]).toMatchObject({
      outcome: 'refreshed',
      customerId: 'customer-1',
      provider: 'PLAID',
    });
    expect(body.refreshes[1]).not.toHaveProperty('result');
  });

  test.each([
    ['?connectionId=connection-2', ['connection-2']],
    ['?since=2099-01-01T00:00:00Z', []],
    ['?until=2020-01-01T00:00:00Z', []],
    ['?state=running', ['connection-3', 'connection-1']],
    ['?outcome=refreshed', ['connection-2']],
    ['?customerId=customer-1', ['connection-2', 'connection-1']],
    ['?customerId=customer-1&state=running', ['connection-1']],
    ['?provider=MX', []],
  ])('%s keeps %p', async (query, expected) => {
    const { list } = await withThree();
    expect(ids((await list(query)).body)).toEqual(expected);
  });

  test('pages through by cursor, each refresh once', async () => {
    const { list } = await withThree();
    const first = (await list('?limit=2')).body;
    const second = (await list(`?limit=2&cursor=${encodeURIComponent(first.nextCursor)}`)).body;
    expect([...ids(first), ...ids(second)]).toEqual(['connection-3', 'connection-2', 'connection-1']);
    expect(second).not.toHaveProperty('nextCursor');
  });

  test.each([
    ['?state=finished', '/state', /running, ended, canceled, failed/],
    ['?outcome=ok', '/outcome', /refreshed, already_fresh/],
    ['?limit=0', '/limit', /1 to 200/],
    ['?limit=201', '/limit', /1 to 200/],
    ['?limit=all', '/limit', /1 to 200/],
    ['?limit=1e1', '/limit', /1 to 200/],
    ['?limit=0x1', '/limit', /1 to 200/],
    ['?limit=', '/limit', /1 to 200/],
    ['?limit=1&limit=2', '/limit', /1 to 200/],
    ['?customerId=a%22%20OR%201%3D1', '/customerId', /letters, digits/],
    ['?provider=', '/provider', /1 to 200 characters/],
    ['?cursor=nonsense', '/cursor', /nextCursor/],
    ['?page=2', '', /unknown parameter "page"; expected only state, outcome/],
  ])('refuses %s', async (query, pointer, detail) => {
    const { list } = await withThree();
    const { status, body } = await list(query);
    expect(status).toBe(400);
    expect(body.errors).toContainEqual({ in: 'query', pointer, detail: expect.stringMatching(detail) });
  });
});

describe('POST …/repair', () => {
  const repair = { method: 'POST', url: '/v1/connections/connection-1/repair', headers: AUTHORIZED } as const;

  test('hands Meld’s credentials on, to be stored nowhere and logged nowhere', async () => {
    const { app, log } = await aServer();
    const { status, body, headers } = await ask(app, repair);
    expect(status).toBe(200);
    expect(body).toEqual({
      connectionId: 'connection-1',
      widgetUrl: REPAIR.widgetUrl,
      connectToken: REPAIR.connectToken,
    });
    expect(headers['cache-control']).toBe('no-store');
    expect(log()).toContain('/v1/connections/connection-1/repair');
    expect(log()).not.toMatch(/connect-token|widget/);
  });

  test.each(FAILURES)(
    'tells what it means when Meld answers %s',
    async (_name, failure, status, kind, retryAfter) => {
      const { app } = await aServer({ repair: failure });
      const answer = await ask(app, repair);
      expect([answer.status, answer.body.type]).toEqual([status, `urn:meld-refresh:problem:${kind}`]);
      expect(answer.headers['retry-after']).toBe(retryAfter);
      // What Meld's support asks for.
      expect(answer.body.detail).toContain('meld-1');
    },
  );
});
