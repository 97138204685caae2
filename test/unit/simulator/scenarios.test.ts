import { request } from 'undici';
import {
  aClock,
  aSimulatorWithReceiver,
  call,
  closeAll,
  connectionPath,
  eventsOf,
  read,
  refresh,
  typesOf,
} from './start';

afterEach(closeAll);

const ACCOUNTS = ['ACCOUNTS_UPDATING', 'ACCOUNTS_UPDATED'];
const ALL = [...ACCOUNTS, 'TRANSACTIONS_AGGREGATED'];

test('healthy: data lands after the answer, with the events in order', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const { id, successfullyAggregatedAt } = simulator.createConnection({ params: { aggregationMs: 20 } });
  expect((await refresh(simulator, id)).status).toBe(200);
  await simulator.until(() => receiver.received.length === 3);
  expect(typesOf(receiver)).toEqual(ALL);
  expect(Date.parse(simulator.connection(id).successfullyAggregatedAt ?? '')).toBeGreaterThan(
    Date.parse(successfullyAggregatedAt ?? ''),
  );
});

test('slow: the answer and the data take their time', async () => {
  const clock = aClock();
  const { simulator, receiver } = await aSimulatorWithReceiver({ now: clock.now });
  const { id, successfullyAggregatedAt } = simulator.createConnection({
    scenario: 'slow',
    params: { answerDelayMs: 30 },
  });
  const startedAt = performance.now();
  expect((await refresh(simulator, id)).status).toBe(200);
  expect(performance.now() - startedAt).toBeGreaterThan(25);
  await simulator.until(() => receiver.received.length === 1);
  expect(typesOf(receiver)).toEqual(['ACCOUNTS_UPDATING']);
  clock.advance(4_999);
  expect((await read(simulator, id)).body['successfullyAggregatedAt']).toBe(successfullyAggregatedAt);
  clock.advance(1);
  expect((await read(simulator, id)).body['successfullyAggregatedAt']).not.toBe(successfullyAggregatedAt);
});

test('mx_window: refuses until the window it names has passed by the clock', async () => {
  const clock = aClock();
  const { simulator } = await aSimulatorWithReceiver({ now: clock.now });
  const { id } = simulator.createConnection({ scenario: 'mx_window' });
  expect(await refresh(simulator, id)).toMatchObject({ status: 429, headers: { 'retry-after': '10800' } });
  clock.advance(3 * 3_600_000 - 1);
  expect(await refresh(simulator, id)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  clock.advance(1);
  expect((await refresh(simulator, id)).status).toBe(200);
  expect((await refresh(simulator, id)).status).toBe(429);
  expect(simulator.ledger(id).map(({ charged }) => charged)).toEqual([false, false, true, false]);
});

test.each([
  ['seconds', '10800'],
  ['date', 'Thu, 01 Jan 2026 03:00:00 GMT'],
  ['unreadable', 'in a while'],
  ['absent', undefined],
] as const)('mx_window: Retry-After as %s', async (retryAfter, expected) => {
  const { simulator } = await aSimulatorWithReceiver({ now: aClock().now });
  const { id } = simulator.createConnection({ scenario: 'mx_window', params: { retryAfter } });
  expect((await refresh(simulator, id)).headers['retry-after']).toBe(expected);
});

test('mx_window: opens as many windows as it was told', async () => {
  const clock = aClock();
  const { simulator } = await aSimulatorWithReceiver({ now: clock.now });
  const { id } = simulator.createConnection({
    scenario: 'mx_window',
    params: { rateLimits: 3, windowMs: 1_000 },
  });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    statuses.push((await refresh(simulator, id)).status);
    clock.advance(1_000);
  }
  expect(statuses).toEqual([429, 429, 429, 200]);
});

test('flaky: so many 5xx, then fine, and only the last is charged', async () => {
  const { simulator } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({ scenario: 'flaky', params: { failures: 3 } });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n += 1) statuses.push((await refresh(simulator, id)).status);
  expect(statuses).toEqual([503, 502, 500, 200]);
  expect(simulator.ledger(id).map(({ charged }) => charged)).toEqual([false, false, false, true]);
});

test('down: 5xx until the STATUS_CHANGE, after which calls are taken and bring nothing', async () => {
  const clock = aClock();
  const { simulator, receiver } = await aSimulatorWithReceiver({ now: clock.now });
  const { id, successfullyAggregatedAt } = simulator.createConnection({
    scenario: 'down',
    params: { failures: 2, becomesAfterMs: 60_000, aggregationMs: 0 },
  });
  for (let n = 0; n < 4; n += 1) expect((await refresh(simulator, id)).status).toBeGreaterThanOrEqual(500);
  expect(receiver.received).toEqual([]);
  clock.advance(60_000);
  expect((await read(simulator, id)).body).toMatchObject({
    status: 'DEGRADED',
    statusReason: 'SERVICE_PROVIDER_CURRENTLY_UNAVAILABLE',
  });
  await simulator.until(() => receiver.received.length === 1);
  expect(eventsOf(receiver)).toMatchObject([
    { type: 'CONNECTION_STATUS_CHANGE', payload: { oldStatus: 'ACTIVE', newStatus: 'DEGRADED' } },
  ]);
  expect((await refresh(simulator, id)).status).toBe(200);
  expect((await read(simulator, id)).body['successfullyAggregatedAt']).toBe(successfullyAggregatedAt);
  // Sent after all the others: the status was told once, however many calls there were.
  await simulator.emit({ connectionId: id, eventType: 'TEST' });
  expect(typesOf(receiver)).toEqual(['CONNECTION_STATUS_CHANGE', 'TEST']);
});

test('down, healing by itself: the next call is fine', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({
    scenario: 'down',
    status: 'DEGRADED',
    params: { failures: 1, becomes: 'ACTIVE', aggregationMs: 0 },
  });
  expect((await refresh(simulator, id)).status).toBe(503);
  expect((await refresh(simulator, id)).status).toBe(200);
  await simulator.until(() => receiver.received.length === 4);
  expect(typesOf(receiver)).toEqual(['CONNECTION_STATUS_CHANGE', ...ALL]);
});

test.each(['hold', 'cut'] as const)(
  'lost_answer (%s): executes once, never answers, tells by webhook',
  async (lostAnswer) => {
    const { simulator, receiver } = await aSimulatorWithReceiver();
    const { id } = simulator.createConnection({
      scenario: 'lost_answer',
      params: { lostAnswer, aggregationMs: 10 },
    });
    const hangUp = new AbortController();
    const lost = refresh(simulator, id, { signal: hangUp.signal });
    lost.catch(() => undefined);
    await simulator.until(() => receiver.received.length === 3);
    // A held socket is still silent now; a cut one has failed on its own.
    if (lostAnswer === 'hold') hangUp.abort(new Error('no patience left'));
    await expect(lost).rejects.toThrow(lostAnswer === 'hold' ? 'no patience left' : 'other side closed');
    expect(simulator.ledger(id)).toMatchObject([{ answer: 'lost', httpStatus: null, charged: true }]);
    expect((await refresh(simulator, id)).status).toBe(200);
  },
);

test('lost_answer (gateway): executes, and a proxy answers 504 in its place', async () => {
  const { simulator } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({
    scenario: 'lost_answer',
    params: { lostAnswer: 'gateway', aggregationMs: 10 },
  });
  const { statusCode, body } = await request(`${simulator.url}${connectionPath(id)}/refresh`, {
    method: 'POST',
    headers: { authorization: `BASIC ${simulator.apiKey}` },
  });
  expect(statusCode).toBe(504);
  expect(await body.text()).toMatch(/^<html>/);
  expect(simulator.ledger(id)).toMatchObject([{ answer: 'lost', httpStatus: null, charged: true }]);
});

test('lost_webhooks: the data moves, and nobody is told', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const { id, successfullyAggregatedAt } = simulator.createConnection({
    scenario: 'lost_webhooks',
    params: { aggregationMs: 5 },
  });
  await refresh(simulator, id);
  await simulator.until(() => simulator.deliveries(id).length === 3);
  expect(simulator.deliveries(id).map(({ state }) => state)).toEqual(['dropped', 'dropped', 'dropped']);
  expect(simulator.connection(id).successfullyAggregatedAt).not.toBe(successfullyAggregatedAt);
  expect(receiver.received).toEqual([]);
});

test.each([1, 2, 3, 4, 5, 6])('reordered: all events, in another order (seed %i)', async (seed) => {
  const { simulator, receiver } = await aSimulatorWithReceiver({ seed });
  const { id } = simulator.createConnection({ scenario: 'reordered', params: { aggregationMs: 5 } });
  await refresh(simulator, id);
  await simulator.until(() => receiver.received.length === 3);
  expect(typesOf(receiver)).not.toEqual(ALL);
  expect(typesOf(receiver).sort()).toEqual([...ALL].sort());
});

test('duplicated: every event twice, with one eventId and the same bytes', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({ scenario: 'duplicated', params: { aggregationMs: 5 } });
  await refresh(simulator, id);
  await simulator.until(() => receiver.received.length === 6);
  expect(typesOf(receiver)).toEqual(ALL.flatMap((type) => [type, type]));
  expect(new Set(eventsOf(receiver).map(({ eventId }) => eventId)).size).toBe(3);
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(3);
});

test('early: all events are there before the answer', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({ scenario: 'early', params: { aggregationMs: 30 } });
  await refresh(simulator, id);
  expect(typesOf(receiver)).toEqual(ALL);
});

test.each([
  ['nothing', 3, 0],
  ['real', 6, 3],
] as const)('stale_events, then %s: old moments first', async (afterStale, count, realCount) => {
  const clock = aClock();
  const { simulator, receiver } = await aSimulatorWithReceiver({ now: clock.now });
  const { id, successfullyAggregatedAt } = simulator.createConnection({
    scenario: 'stale_events',
    params: { afterStale, staleByMs: 60_000, aggregationMs: 10 },
  });
  await refresh(simulator, id);
  await simulator.until(() => receiver.received.length === count);
  const real = eventsOf(receiver).map(({ timestamp }) => Date.parse(timestamp) >= clock.now());
  expect(real).toEqual([false, false, false, ...Array.from({ length: realCount }, () => true)]);
  const moved = simulator.connection(id).successfullyAggregatedAt !== successfullyAggregatedAt;
  expect(moved).toBe(afterStale === 'real');
});

test('background: an automatic aggregation lands inside the window, uncharged', async () => {
  const clock = aClock();
  const { simulator, receiver } = await aSimulatorWithReceiver({ now: clock.now });
  const { id } = simulator.createConnection({ scenario: 'background' });
  expect((await refresh(simulator, id)).status).toBe(429);
  const landsAt = clock.now() + 1.5 * 3_600_000;
  clock.advance(2 * 3_600_000);
  const aggregatedAt = String((await read(simulator, id)).body['successfullyAggregatedAt']);
  // It counts for when it was due, though the clock leapt past it.
  expect(Date.parse(aggregatedAt)).toBe(landsAt);
  await simulator.until(() => receiver.received.length === 3);
  expect(typesOf(receiver)).toEqual(ALL);
  expect(simulator.ledger(id)).toMatchObject([{ answer: 'rate_limited', charged: false }]);
  expect((await refresh(simulator, id)).status).toBe(429);
});

test('repair: 409 until the button of the widget’s page is pressed, then both events and an aggregation', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({ scenario: 'repair', params: { aggregationMs: 5 } });
  expect((await refresh(simulator, id)).status).toBe(409);
  const session = await call(simulator, 'POST', '/bank-linking/connect/repair', {
    body: { connectionId: id },
  });
  expect(session).toMatchObject({
    status: 200,
    body: {
      connectToken: expect.any(String),
      id: expect.any(String),
      institutionId: expect.any(String),
      widgetUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/widget\?connectToken=/),
    },
  });
  // The page needs no key: it stands in for the customer's browser.
  const widgetUrl = String(session.body['widgetUrl']);
  expect(await (await fetch(widgetUrl)).text()).toContain(
    '<form method="post"><button>Repair</button></form>',
  );
  expect((await fetch(`${widgetUrl}x`)).status).toBe(404);
  const pressed = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  expect(await (await fetch(widgetUrl, pressed)).text()).toContain('Repaired.');
  await simulator.until(() => receiver.received.length === 5);
  expect(typesOf(receiver)).toEqual(['CONNECTION_COMPLETED', 'CONNECTION_STATUS_CHANGE', ...ALL]);
  expect(eventsOf(receiver)[1]).toMatchObject({
    payload: { oldStatus: 'RECONNECT_REQUIRED', newStatus: 'ACTIVE' },
  });
  expect((await refresh(simulator, id)).status).toBe(200);
});

test.each([0, 2])('vanished after %i reads: 404 for reads and calls', async (readsBeforeVanishing) => {
  const { simulator } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({ scenario: 'vanished', params: { readsBeforeVanishing } });
  for (let n = 0; n < readsBeforeVanishing; n += 1) expect((await read(simulator, id)).status).toBe(200);
  expect((await read(simulator, id)).status).toBe(404);
  expect((await refresh(simulator, id)).status).toBe(404);
  expect(simulator.ledger(id)).toMatchObject([{ answer: 'not_found', charged: false }]);
});

test('a scenario of one’s own: steps given as params', async () => {
  const { simulator } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({
    params: {
      reads: [{ read: 'error', status: 500 }, { read: 'found' }],
      calls: [{ answer: 'error', status: 403 }, { answer: 'error', status: 302 }, { answer: 'accepted' }],
    },
  });
  expect((await read(simulator, id)).status).toBe(500);
  expect((await read(simulator, id)).status).toBe(200);
  expect((await refresh(simulator, id)).status).toBe(403);
  expect((await call(simulator, 'POST', `${connectionPath(id)}/refresh`)).status).toBe(302);
  expect((await refresh(simulator, id)).status).toBe(200);
  expect(simulator.ledger(id).map(({ answer }) => answer)).toEqual(['rejected', 'rejected', 'accepted']);
});

test('an aggregation takes nothing back that a newer one has brought', async () => {
  const { simulator } = await aSimulatorWithReceiver({ now: aClock().now });
  const { id } = simulator.createConnection();
  const newer = '2026-01-01T00:00:01.000000Z';
  simulator.updateConnection(id, { successfullyAggregatedAt: newer });
  await simulator.aggregate(id);
  expect(simulator.connection(id).successfullyAggregatedAt).toBe(newer);
});

test('an aggregation does not land on a connection that needs a repair by then', async () => {
  const { simulator } = await aSimulatorWithReceiver();
  const { id, successfullyAggregatedAt } = simulator.createConnection();
  const aggregated = simulator.aggregate(id, { afterMs: 10 });
  simulator.updateConnection(id, { status: 'RECONNECT_REQUIRED', announce: 'silent' });
  await aggregated;
  expect(simulator.connection(id).successfullyAggregatedAt).toBe(successfullyAggregatedAt);
});
