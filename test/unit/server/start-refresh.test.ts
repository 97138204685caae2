import {
  IdempotencyConflictError,
  RefreshContendedError,
  RefreshNotFoundError,
  RefreshStuckError,
  TemporalRejectedError,
  TemporalUnavailableError,
} from '../../../src/client';
import { parseCallersRequest } from '../../../src/refresh/input/parse-request';
import { AUTHORIZED, aServer, closeServers, NOW, until } from './a-server';
import { ask } from './ask';
import type { Json } from './json';

afterEach(closeServers);

const URL = '/v1/connections/connection-1/refreshes';
const start = { method: 'POST', url: URL, headers: AUTHORIZED } as const;

test('starts a refresh, says where it can be seen, and needs no body', async () => {
  const { app, refreshes } = await aServer();
  const { status, body, headers } = await ask(app, start);
  expect(status).toBe(202);
  expect(body).toEqual({
    refresh: { connectionId: 'connection-1', runId: expect.any(String), state: 'running', progress: null },
    disposition: 'started',
  });
  expect(headers.location).toBe(`${URL}/${body.refresh.runId}`);
  expect(headers['cache-control']).toBe('no-store');
  expect(refreshes.requests).toEqual([{ connectionId: 'connection-1' }]);
  const seen = await ask(app, { url: String(headers.location), headers: AUTHORIZED });
  expect(seen.body.refresh.runId).toBe(body.refresh.runId);
});

test('needs no body, whatever content type a client names where it sends none', async () => {
  const { app, refreshes } = await aServer();
  const headers = {
    ...AUTHORIZED,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': '0',
  };
  expect((await ask(app, { ...start, headers })).status).toBe(202);
  expect(refreshes.requests).toEqual([{ connectionId: 'connection-1' }]);
});

test('joins the refresh that is open and shows how far it is', async () => {
  const { app } = await aServer();
  const first = await ask(app, start);
  const second = await ask(app, start);
  expect([second.status, second.body.disposition]).toEqual([202, 'joined']);
  expect(second.body.refresh.runId).toBe(first.body.refresh.runId);
  expect(second.body.refresh.progress.phase).toBe('waiting_for_data');
});

test('answers 202 for a join even when reading the run fails afterwards: the join has been made', async () => {
  const { app, refreshes } = await aServer();
  await ask(app, start);
  const { refresh } = refreshes;
  jest.spyOn(refreshes, 'refresh').mockImplementation(async (request) => {
    const handle = await refresh(request);
    return { ...handle, progress: () => Promise.reject(new Error('Temporal went away')) };
  });
  const { status, body } = await ask(app, start);
  expect([status, body.disposition, body.refresh.progress]).toEqual([202, 'joined', null]);
});

test('hands the whole request on', async () => {
  const { app, refreshes } = await aServer();
  const payload = {
    products: ['BALANCES', 'TRANSACTIONS'],
    maxAge: '15m',
    giveUpAfter: '3h',
    onRateLimit: 'return',
    onRepair: 'wait',
    maxCharges: 1,
    customerId: 'customer-1',
  };
  expect((await ask(app, { ...start, payload })).status).toBe(202);
  expect(refreshes.requests).toEqual([{ connectionId: 'connection-1', ...payload }]);
});

test('hands the Idempotency-Key on, and refuses one that is none', async () => {
  const { app, refreshes } = await aServer();
  const withKey = (key: string) => ({ ...start, headers: { ...AUTHORIZED, 'idempotency-key': key } });
  expect((await ask(app, withKey('transfer-1'))).status).toBe(202);
  expect(refreshes.requests).toEqual([{ connectionId: 'connection-1', idempotencyKey: 'transfer-1' }]);
  const { status, body } = await ask(app, withKey('x'.repeat(256)));
  expect([status, body.errors]).toEqual([
    400,
    [expect.objectContaining({ in: 'header', detail: 'expected 1 to 255 printable ASCII characters' })],
  ]);
});

test('answers a repeated request with its run as it is: 200 once it has ended, 404 once it is forgotten', async () => {
  const { app, refreshes } = await aServer();
  const first = await ask(app, start);
  refreshes.end('connection-1');
  const { refresh } = refreshes;
  const repeated = await refresh({ connectionId: 'connection-1' });
  const spy = jest.spyOn(refreshes, 'refresh');
  const { runId } = first.body.refresh;
  const progress = () => refreshes.describe('connection-1', runId).then((run) => run!);
  const withKey = { ...start, headers: { ...AUTHORIZED, 'idempotency-key': 'transfer-1' } };
  spy.mockResolvedValueOnce({ ...repeated, runId, disposition: 'joined', progress });
  const again = await ask(app, withKey);
  expect([again.status, again.body.refresh.state]).toEqual([200, 'ended']);

  // A join that is answered after the end of its run is accepted like every join.
  spy.mockResolvedValueOnce({ ...repeated, runId, disposition: 'joined', progress });
  const joined = await ask(app, start);
  expect([joined.status, joined.body.refresh.state]).toEqual([202, 'ended']);

  const forgotten = new RefreshNotFoundError('connection-1', runId);
  spy.mockResolvedValueOnce({
    ...repeated,
    disposition: 'joined',
    progress: () => Promise.reject(forgotten),
  });
  expect((await ask(app, withKey)).status).toBe(404);
});

test('never lets a request be charged more often than the configuration allows', async () => {
  const { app, refreshes } = await aServer({ maxCharges: 3 });
  await ask(app, { ...start, payload: { maxCharges: 1_000 } });
  expect(refreshes.requests[0]!.maxCharges).toBe(3);
});

test.each([
  ['no body with a JSON content type', { headers: { ...AUTHORIZED, 'content-type': 'application/json' } }],
  ['a body of no bytes', { payload: '', headers: { ...AUTHORIZED, 'content-type': 'application/json' } }],
  ['no body with any content type', { headers: { ...AUTHORIZED, 'content-type': 'text/plain' } }],
  ['an empty object', { payload: {} }],
  [
    'a freshSince a moment ahead, by a clock a little fast',
    { payload: { freshSince: '2026-03-01T12:00:04Z' } },
  ],
  ['a freshSince in another zone', { payload: { freshSince: '2026-03-01T13:00:00+02:00' } }],
])('takes %s', async (_name, changes) => {
  const { app } = await aServer();
  expect((await ask(app, { ...start, ...changes })).status).toBe(202);
});

test.each([
  [
    'an unknown field, naming those that there are',
    { product: ['BALANCES'] },
    '',
    /unknown field "product".*products/,
  ],
  ['notBefore, which is not the caller’s to say', { notBefore: NOW }, '', /unknown field "notBefore"/],
  ['policy, which is not the caller’s to say', { policy: {} }, '', /unknown field "policy"/],
  ['connectionId, which the path says', { connectionId: 'other' }, '', /unknown field "connectionId"/],
  [
    'an unknown product',
    { products: ['BALANCES', 'BALANCE'] },
    '/products/1',
    /one of BALANCES, IDENTIFIERS/,
  ],
  ['no products at all', { products: [] }, '/products', /at least one product/],
  ['a freshSince that is no instant', { freshSince: 'yesterday' }, '/freshSince', /RFC 3339/],
  ['a freshSince without a zone', { freshSince: '2026-03-01T11:00:00' }, '/freshSince', /time zone/],
  ['a freshSince in the future', { freshSince: '2026-03-01T12:01:00Z' }, '/freshSince', /not in the future/],
  [
    'a maxAge that is no duration',
    { maxAge: '15 parsecs' },
    '/maxAge',
    /duration with its unit, such as "90s"/,
  ],
  ['a maxAge without a unit', { maxAge: '15' }, '/maxAge', /duration with its unit/],
  ['a giveUpAfter without a unit', { giveUpAfter: '30' }, '/giveUpAfter', /duration with its unit/],
  ['a negative maxAge', { maxAge: '-1s' }, '/maxAge', /a duration from 0 to 100 years/],
  ['a giveUpAfter beyond every clock', { giveUpAfter: '99999999999y' }, '/giveUpAfter', /at most 90 days/],
  [
    'both freshSince and maxAge',
    { freshSince: NOW, maxAge: '1m' },
    '/maxAge',
    /only one of freshSince and maxAge/,
  ],
  ['another word for onRateLimit', { onRateLimit: 'retry' }, '/onRateLimit', /"wait" or "return"/],
  ['another word for onRepair', { onRepair: 'fix' }, '/onRepair', /"wait" or "return"/],
  ['a maxCharges of nothing', { maxCharges: 0 }, '/maxCharges', /1 or more/],
  ['half a charge', { maxCharges: 1.5 }, '/maxCharges', /whole number/],
  ['a maxCharges in letters', { maxCharges: '2' }, '/maxCharges', /whole number/],
  ['a customerId with a slash', { customerId: 'a/b' }, '/customerId', /letters, digits/],
  ['null for a field', { maxAge: null }, '/maxAge', /duration with its unit/],
  ['a maxAge as a number, which has no unit', { maxAge: 15 }, '/maxAge', /duration with its unit/],
  ['a freshSince as a number', { freshSince: 1_772_366_400 }, '/freshSince', /RFC 3339/],
  ['one product in place of a list', { products: 'BALANCES' }, '/products', /a list of products/],
  ['a customerId as a number', { customerId: 42 }, '/customerId', /letters, digits/],
])('refuses %s', async (_name, payload, pointer, detail) => {
  const { app, refreshes } = await aServer();
  const { status, body, headers } = await ask(app, { ...start, payload });
  expect([status, headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8']);
  expect(body).toMatchObject({ type: 'urn:meld-refresh:problem:invalid-request', status: 400 });
  expect(body.errors).toEqual([{ in: 'body', pointer, detail: expect.stringMatching(detail) }]);
  expect(body.detail).toMatch(detail);
  expect(refreshes.requests).toEqual([]);
});

test.each([
  { giveUpAfter: '90d' },
  { giveUpAfter: '91d' },
  { maxAge: '99y' },
  { maxAge: '101y' },
  { maxAge: '0s' },
  { freshSince: '2026-03-01T11:00:00+0000' },
  { freshSince: '2026-02-30T11:00:00Z' },
  { customerId: 'x'.repeat(128) },
  { customerId: 'x'.repeat(129) },
])('holds %j to the bounds of the client', async (payload) => {
  const { app } = await aServer();
  let expected = 202;
  try {
    parseCallersRequest({ connectionId: 'connection-1', ...payload });
  } catch {
    expected = 400;
  }
  expect((await ask(app, { ...start, payload })).status).toBe(expected);
});

test('names every problem of a body, and of a list far too long only that', async () => {
  const { app } = await aServer();
  const wrong = { maxAge: 15, giveUpAfter: '30', onRateLimit: 'no', onRepair: 'no', maxCharges: 0 };
  const { body } = await ask(app, { ...start, payload: wrong });
  const fields = Object.keys(wrong);
  expect(body.errors.map(({ pointer }: Json) => pointer).sort()).toEqual(
    fields.map((field) => `/${field}`).sort(),
  );
  for (const field of fields) expect(body.detail).toContain(`body/${field}: expected`);

  const { body: many } = await ask(app, { ...start, payload: { products: Array(500).fill('x') } });
  expect(many.errors).toEqual([
    expect.objectContaining({ detail: 'expected at most 6 products, each once' }),
  ]);
});

test.each([
  ['broken JSON', '{"products":', 'application/json', 400, 'invalid-request', /not valid JSON/],
  ['a list', '[]', 'application/json', 400, 'invalid-request', /expected a JSON object/],
  ['a bare null', 'null', 'application/json', 400, 'invalid-request', /expected a JSON object/],
  [
    'a poisoned prototype',
    '{"__proto__":{"a":1}}',
    'application/json',
    400,
    'invalid-request',
    /key that no object may have/,
  ],
  [
    'a poisoned constructor',
    '{"constructor":{"prototype":{}}}',
    'application/json',
    400,
    'invalid-request',
    /key that no object may have/,
  ],
  ['text', 'hello', 'text/plain', 415, 'unsupported-media-type', /application\/json/],
  ['XML', '<a/>', 'application/xml', 415, 'unsupported-media-type', /application\/json/],
  ['an unreadable content type', '{}', ';;;', 415, 'unsupported-media-type', /application\/json/],
  [
    'too much',
    JSON.stringify({ maxAge: 'x'.repeat(20_000) }),
    'application/json',
    413,
    'payload-too-large',
    /larger/,
  ],
])('refuses %s as a body', async (_name, payload, contentType, status, kind, detail) => {
  const { app } = await aServer();
  const answer = await ask(app, {
    ...start,
    payload,
    headers: { ...AUTHORIZED, 'content-type': contentType },
  });
  expect(answer.status).toBe(status);
  expect(answer.body.type).toBe(`urn:meld-refresh:problem:${kind}`);
  expect(answer.body.detail).toMatch(detail);
});

test('refuses to join with a product that the connection does not have', async () => {
  const { app } = await aServer();
  await ask(app, start);
  const { status, body } = await ask(app, { ...start, payload: { products: ['OWNERS'] } });
  expect([status, body.type]).toEqual([422, 'urn:meld-refresh:problem:product-not-available']);
  expect(body.detail).toMatch(/does not have OWNERS/);
});

test('refuses a key that came with another request before', async () => {
  const { app, refreshes } = await aServer();
  refreshes.fail(new IdempotencyConflictError('connection-1', 'k'));
  const { status, body } = await ask(app, start);
  expect([status, body.type]).toEqual([422, 'urn:meld-refresh:problem:idempotency-key-reused']);
});

test.each([
  [
    new TemporalUnavailableError('start the refresh', { cause: new Error('14 UNAVAILABLE') }),
    503,
    'temporal-unavailable',
    '2',
  ],
  [new RefreshContendedError('connection-1', 'too_many_rounds'), 503, 'refresh-contended', '2'],
  [new RefreshStuckError('connection-1', 'run-1', 5), 503, 'refresh-stuck', '60'],
  [
    new TemporalRejectedError('start the refresh', 'no such namespace', { cause: 1 }),
    502,
    'temporal-rejected',
    undefined,
  ],
  [new Error('secret: hunter2'), 500, 'internal', undefined],
])('answers %s', async (error, status, kind, retryAfter) => {
  const { app, refreshes, lines } = await aServer();
  refreshes.fail(error);
  const answer = await ask(app, start);
  expect([answer.status, answer.body.type]).toEqual([status, `urn:meld-refresh:problem:${kind}`]);
  expect(answer.headers['retry-after']).toBe(retryAfter);
  // What is wrong inside is for the log, under the request's id.
  expect(answer.text).not.toMatch(/hunter2|UNAVAILABLE|namespace/);
  const logged = lines().find((line) => line['event'] === 'request_failed');
  expect(logged).toMatchObject({ requestId: answer.body.requestId, problem: kind });
});

describe('Prefer: wait', () => {
  const waiting = { ...start, headers: { ...AUTHORIZED, prefer: 'wait=30' } };

  test('holds the answer until the refresh ends, then answers 200 with the result', async () => {
    const { app, refreshes } = await aServer();
    const held = ask(app, waiting);
    await until(() => refreshes.waiting() === 1);
    refreshes.end('connection-1');
    const { status, body, headers } = await held;
    expect([status, headers['preference-applied']]).toEqual([200, 'wait=30']);
    expect(body.refresh).toMatchObject({ state: 'ended', result: { outcome: 'refreshed' } });
  });

  test('answers 200 when the refresh was canceled meanwhile: it has ended', async () => {
    const { app, refreshes } = await aServer();
    const held = ask(app, waiting);
    await until(() => refreshes.waiting() === 1);
    await ask(app, { method: 'DELETE', url: `${URL}/latest`, headers: AUTHORIZED });
    const { status, body } = await held;
    expect([status, body.refresh.state]).toEqual([200, 'canceled']);
  });

  test('answers 202 when the time is over', async () => {
    const { app } = await aServer({ limits: { maxWaitSeconds: 0.05 } });
    const { status, body, headers } = await ask(app, waiting);
    expect([status, body.refresh.state]).toEqual([202, 'running']);
    expect(headers['preference-applied']).toBe('wait=0.05');
  });

  test('is left aside, not refused, when the caller waits too often already: the refresh is asked for', async () => {
    const { app, refreshes } = await aServer({ limits: { waitsPerCaller: 0 } });
    const { status, headers } = await ask(app, waiting);
    expect([status, headers['preference-applied']]).toEqual([202, undefined]);
    expect(refreshes.requests).toHaveLength(1);
  });

  test('ends with 202 when Temporal goes away while it waits: the refresh was asked for', async () => {
    const { app, refreshes } = await aServer();
    jest
      .spyOn(refreshes, 'wait')
      .mockRejectedValue(new TemporalUnavailableError('wait', { cause: new Error('gone') }));
    const { status, body } = await ask(app, waiting);
    expect([status, body.disposition]).toEqual([202, 'started']);
  });

  test.each(['wait=soon', 'respond-async', 'wait', 'wait=-1'])('ignores %s', async (prefer) => {
    const { app } = await aServer();
    const { status, headers } = await ask(app, { ...start, headers: { ...AUTHORIZED, prefer } });
    expect([status, headers['preference-applied']]).toEqual([202, undefined]);
  });
});
