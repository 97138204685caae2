import {
  aReceiver,
  aSimulator,
  aSimulatorWithReceiver,
  call,
  closeAll,
  eventsOf,
  refresh,
  typesOf,
} from '../start';

afterEach(closeAll);

test('five hundred connections are made in one call', async () => {
  const simulator = await aSimulator();
  const connections = Array.from({ length: 500 }, (_, n) => ({
    id: `conn-${n}`,
    scenario: 'healthy',
    provider: 'MX',
  }));
  const answer = await call(simulator, 'POST', '/_control/connections', { body: { connections } });
  expect(answer.status).toBe(201);
  expect(simulator.connections()).toHaveLength(500);
  expect(simulator.connection('conn-499').serviceProviderDetails).toMatchObject({ serviceProvider: 'MX' });
});

test('two thousand fit into one call, though the bodies of the contract have a limit of 64 kB', async () => {
  const simulator = await aSimulator();
  const connections = Array.from({ length: 2_000 }, (_, n) => ({ id: `conn-${n}`, scenario: 'healthy' }));
  expect(JSON.stringify(connections).length).toBeGreaterThan(64 * 1024);
  expect((await call(simulator, 'POST', '/_control/connections', { body: { connections } })).status).toBe(
    201,
  );
  expect(simulator.connections()).toHaveLength(2_000);
});

test('so many alike come from a count, each with its own id', async () => {
  const simulator = await aSimulator();
  const made = simulator.createConnections([{ count: 500, scenario: 'flaky' }, {}]);
  expect(new Set(made.map(({ id }) => id)).size).toBe(501);
});

test.each([
  ['an unknown scenario', [{ scenario: 'kaput' }]],
  ['an unknown parameter', [{ params: { turbo: 1 } }]],
  ['a parameter out of range', [{ params: { failures: -1 } }]],
  ['a status that is no text', [{ status: 7 }]],
  ['an instant that is none', [{ successfullyAggregatedAt: 'yesterday' }]],
  ['an id with a path in it', [{ id: '../etc' }]],
  ['a count with an id', [{ id: 'x', count: 2 }]],
  ['no connection at all', []],
  ['no list', 'conn-1'],
  ['a step without its fields', [{ params: { calls: [{ answer: 'error' }] } }]],
])('%s is a clear 400 and makes nothing', async (_name, connections) => {
  const simulator = await aSimulator();
  const answer = await call(simulator, 'POST', '/_control/connections', { body: { connections } });
  expect(answer).toMatchObject({ status: 400, body: { message: expect.any(String) } });
  expect(simulator.connections()).toEqual([]);
});

test('an id that is taken makes the whole call fail', async () => {
  const simulator = await aSimulator();
  simulator.createConnection({ id: 'taken' });
  const body = { connections: [{ id: 'free' }, { id: 'taken' }] };
  expect((await call(simulator, 'POST', '/_control/connections', { body })).status).toBe(409);
  expect(simulator.connections().map(({ id }) => id)).toEqual(['taken']);
  expect(() => simulator.createConnections([{ id: 'twin' }, { id: 'twin' }])).toThrow('twin already');
});

test('a changed status is told by webhook, or silently', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection();
  const path = `/_control/connections/${id}`;
  const changed = await call(simulator, 'PATCH', path, {
    body: { status: 'DEGRADED', statusReason: 'INTERACTIVE_REFRESH' },
  });
  expect(changed).toMatchObject({
    status: 200,
    body: { status: 'DEGRADED', statusReason: 'INTERACTIVE_REFRESH' },
  });
  await simulator.until(() => simulator.deliveries(id)[0]?.state === 'delivered');
  simulator.updateConnection(id, { status: 'ACTIVE', announce: 'silent' });
  expect(simulator.connection(id)).toMatchObject({ status: 'ACTIVE', statusReason: null });
  simulator.updateConnection(id, { status: 'DELETED' });
  await simulator.until(() => receiver.received.length === 2);
  expect(typesOf(receiver)).toEqual(['CONNECTION_STATUS_CHANGE', 'CONNECTION_DELETED']);
  expect(eventsOf(receiver)[0].payload).toMatchObject({ oldStatus: 'ACTIVE', newStatus: 'DEGRADED' });
});

test('new params restart the scenario', async () => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection({ scenario: 'flaky', params: { failures: 1 } });
  expect((await refresh(simulator, id)).status).toBe(503);
  simulator.updateConnection(id, { params: { failures: 2 } });
  expect((await refresh(simulator, id)).status).toBe(503);
  expect((await refresh(simulator, id)).status).toBe(502);
  simulator.updateConnection(id, { scenario: 'healthy' });
  expect((await refresh(simulator, id)).status).toBe(200);
});

test('an event by hand goes out as it was typed, past the delivery plan', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({ scenario: 'lost_webhooks', customerId: 'alice' });
  const answer = await call(simulator, 'POST', '/_control/events', {
    body: {
      connectionId: id,
      eventType: 'BANK_LINKING_ACCOUNTS_UPDATED',
      eventId: 'event-1',
      timestamp: '2020-01-01T00:00:00Z',
      payload: { extra: true },
    },
  });
  expect(answer.status).toBe(201);
  expect(eventsOf(receiver)).toMatchObject([
    {
      eventType: 'BANK_LINKING_ACCOUNTS_UPDATED',
      eventId: 'event-1',
      timestamp: '2020-01-01T00:00:00Z',
      profileId: null,
      payload: { connectionId: id, customerId: 'alice', extra: true },
    },
  ]);
});

test.each([
  [{ connectionId: 'nobody', eventType: 'TEST' }, 404],
  [{ eventType: '' }, 400],
  [{ eventType: 'TEST', timestamp: 'now' }, 400],
  [{ eventType: 'TEST', more: 1 }, 400],
])('an event by hand of %j answers %i', async (body, status) => {
  const simulator = await aSimulator();
  expect((await call(simulator, 'POST', '/_control/events', { body })).status).toBe(status);
});

test('an aggregation by hand is charged to nobody', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const { id, successfullyAggregatedAt } = simulator.createConnection();
  const answer = await call(simulator, 'POST', `/_control/connections/${id}/aggregate`, {
    body: { products: ['BALANCES'] },
  });
  expect(answer.status).toBe(200);
  expect(answer.body['successfullyAggregatedAt']).not.toBe(successfullyAggregatedAt);
  expect(typesOf(receiver)).toEqual(['ACCOUNTS_UPDATING', 'ACCOUNTS_UPDATED']);
  expect(simulator.ledger()).toEqual([]);
});

test('ledger, deliveries and repair are there over HTTP too', async () => {
  const { simulator } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({ scenario: 'repair', params: { aggregationMs: 0 } });
  const other = simulator.createConnection();
  await refresh(simulator, id);
  await refresh(simulator, other.id);
  expect((await call(simulator, 'GET', '/_control/ledger')).body['entries']).toHaveLength(2);
  const mine = await call(simulator, 'GET', `/_control/ledger?connectionId=${id}`);
  expect(mine.body).toMatchObject({ entries: [{ connectionId: id, answer: 'conflict', charged: false }] });
  const repaired = await call(simulator, 'POST', `/_control/connections/${id}/complete-repair`);
  expect(repaired.body).toMatchObject({ id, status: 'ACTIVE' });
  await simulator.until(
    () => simulator.deliveries(id).filter(({ state }) => state === 'delivered').length === 5,
  );
  const deliveries = await call(simulator, 'GET', `/_control/deliveries?connectionId=${id}`);
  expect(deliveries.body).toMatchObject({
    deliveries: [
      { event: { eventType: 'BANK_LINKING_CONNECTION_COMPLETED' }, state: 'delivered' },
      {},
      {},
      {},
      {},
    ],
  });
});

test('the webhook target can be set while it runs', async () => {
  const receiver = await aReceiver();
  const simulator = await aSimulator();
  const set = await call(simulator, 'PUT', '/_control/webhook-target', { body: { url: receiver.url } });
  expect(set.status).toBe(204);
  await simulator.emit({ eventType: 'TEST' });
  expect(receiver.received).toHaveLength(1);
  const wrong = await call(simulator, 'PUT', '/_control/webhook-target', { body: { url: 'nowhere' } });
  expect(wrong.status).toBe(400);
});

test('a reset forgets all, and what was under way ends without effect', async () => {
  const receiver = await aReceiver(() => 500);
  const simulator = await aSimulator({ webhookUrl: receiver.url, timeScale: 1 });
  const { id } = simulator.createConnection({ params: { aggregationMs: 60_000 } });
  const aggregated = simulator.aggregate(id, { afterMs: 60_000 });
  await refresh(simulator, id);
  expect((await call(simulator, 'POST', '/_control/reset')).status).toBe(204);
  await aggregated;
  expect([simulator.connections(), simulator.ledger(), simulator.deliveries()]).toEqual([[], [], []]);
  simulator.createConnection({ id });
  expect((await refresh(simulator, id)).status).toBe(200);
});

test('waiting for what never comes ends with a clear error', async () => {
  const simulator = await aSimulator();
  await expect(simulator.until(() => false, 10)).rejects.toThrow('within 10 ms');
});

test('it is alive', async () => {
  const simulator = await aSimulator();
  expect(await call(simulator, 'GET', '/_control/health', { authorization: '' })).toMatchObject({
    status: 200,
    body: { status: 'ok' },
  });
});

test('new params trigger again what the scenario triggers', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const params = { failures: 1 };
  const { id } = simulator.createConnection({ scenario: 'down', params });
  expect((await refresh(simulator, id)).status).toBe(503);
  simulator.updateConnection(id, { status: 'ACTIVE', announce: 'silent', params });
  expect((await refresh(simulator, id)).status).toBe(503);
  await simulator.until(() => receiver.received.length === 2);
  expect(simulator.connection(id).status).toBe('DEGRADED');
});

test('a delivery that a reset overtook is not tried again', async () => {
  let tellArrival = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (tellArrival = resolve));
  const receiver = await aReceiver((n) => {
    tellArrival();
    return n === 1 ? 'hang' : 200;
  });
  const simulator = await aSimulator({ webhookUrl: receiver.url, webhookTimeoutMs: 1_000 });
  const overtaken = simulator.emit({ eventType: 'FIRST' });
  await arrived;
  simulator.reset();
  await overtaken;
  // Its retry would have come within 3 ms.
  for (let n = 0; n < 10; n += 1) await simulator.emit({ eventType: 'LATER' });
  expect(typesOf(receiver).filter((type) => type === 'FIRST')).toHaveLength(1);
});
