import { aReceiver, aSimulator, call, closeAll, eventsOf } from '../start';

afterEach(closeAll);

const TEST_EVENT = { eventType: 'WEBHOOK_TEST' };

test.each([
  [500, 'HTTP error: 500'],
  [202, 'HTTP error: 202'],
  [302, 'HTTP error: 302'],
])('an answer %i is no 200: it is tried again and says why', async (status, reason) => {
  const receiver = await aReceiver((n) => (n < 3 ? status : 200));
  const simulator = await aSimulator({ webhookUrl: receiver.url });
  await simulator.emit(TEST_EVENT);
  await simulator.until(() => simulator.deliveries()[0]?.state === 'delivered');
  expect(
    receiver.received.map(({ headers }) => [headers['meld-retry-count'], headers['meld-retry-reason']]),
  ).toEqual([
    [undefined, undefined],
    ['1', reason],
    ['2', reason],
  ]);
  const [first, ...retries] = receiver.received;
  for (const retry of retries) {
    expect(retry.body).toBe(first?.body);
    expect(retry.headers['meld-signature']).not.toBe(first?.headers['meld-signature']);
  }
});

test('a receiver that takes too long is tried again with Timeout', async () => {
  const receiver = await aReceiver((n) => (n === 1 ? 'hang' : 200));
  const simulator = await aSimulator({ webhookUrl: receiver.url, webhookTimeoutMs: 30 });
  await simulator.emit(TEST_EVENT);
  await simulator.until(() => simulator.deliveries()[0]?.state === 'delivered');
  expect(receiver.received[1]?.headers['meld-retry-reason']).toBe('Timeout');
});

test('a receiver that is not there is tried for three scaled days, then given up', async () => {
  const receiver = await aReceiver();
  const simulator = await aSimulator({ webhookUrl: receiver.url, timeScale: 0.000001 });
  // Nothing listens on port 1.
  simulator.setWebhookTarget('http://127.0.0.1:1/');
  await simulator.emit(TEST_EVENT);
  await simulator.until(() => simulator.deliveries()[0]?.state === 'gave_up');
  const [delivery] = simulator.deliveries();
  expect(delivery?.attempts.length).toBe(77);
  expect(new Set(delivery?.attempts.map(({ result }) => result))).toEqual(new Set(['Could not connect']));
});

test('the gaps double in scaled time', async () => {
  const receiver = await aReceiver(() => 500);
  const simulator = await aSimulator({
    webhookUrl: receiver.url,
    timeScale: 0.0005,
    signingNow: () => performance.now(),
  });
  await simulator.emit(TEST_EVENT);
  await simulator.until(() => (simulator.deliveries()[0]?.attempts.length ?? 0) >= 4);
  const times = (simulator.deliveries()[0]?.attempts ?? []).map(({ at }) => Date.parse(at));
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  for (const [index, scaledMs] of [30, 60, 120].entries())
    expect(gaps[index]).toBeGreaterThanOrEqual(scaledMs - 2);
});

test('every copy of a duplicated event is signed for itself', async () => {
  const receiver = await aReceiver();
  const simulator = await aSimulator({ webhookUrl: receiver.url });
  const { id } = simulator.createConnection({ scenario: 'duplicated' });
  await simulator.aggregate(id);
  expect(receiver.received).toHaveLength(6);
  expect(new Set(receiver.received.map(({ headers }) => headers['meld-signature'])).size).toBe(6);
});

test('params drop events by type and delay them', async () => {
  const receiver = await aReceiver();
  const simulator = await aSimulator({ webhookUrl: receiver.url });
  const { id } = simulator.createConnection({
    params: { delivery: { dropTypes: ['BANK_LINKING_ACCOUNTS_UPDATED'], delayMs: 20 } },
  });
  const startedAt = performance.now();
  await simulator.aggregate(id);
  expect(performance.now() - startedAt).toBeGreaterThan(35);
  expect(eventsOf(receiver).map(({ type }) => type)).toEqual([
    'ACCOUNTS_UPDATING',
    'TRANSACTIONS_AGGREGATED',
  ]);
});

test('the same seed drops the same events', async () => {
  const fates = async (seed: number): Promise<string> => {
    const receiver = await aReceiver();
    const simulator = await aSimulator({ webhookUrl: receiver.url, seed });
    const { id } = simulator.createConnection({ id: 'one', params: { delivery: { dropChance: 0.5 } } });
    for (let n = 0; n < 8; n += 1) await simulator.aggregate(id);
    return simulator
      .deliveries()
      .map(({ state }) => state)
      .join();
  };
  const first = await fates(7);
  expect(first).toContain('dropped');
  expect(first).toContain('delivered');
  expect(await fates(7)).toBe(first);
  expect(await fates(8)).not.toBe(first);
});

test('a webhook profile of Meld’s API gets the types it asked for, signed with its own secret', async () => {
  const receiver = await aReceiver();
  const simulator = await aSimulator();
  const profile = await call(simulator, 'POST', '/notifications/webhooks', {
    body: { name: 'mine', url: 'http://127.0.0.1:1/', eventTypes: ['WEBHOOK_TEST'] },
  });
  expect(profile).toMatchObject({ status: 200, body: { name: 'mine', secret: expect.any(String) } });
  const path = `/notifications/webhooks/${String(profile.body['id'])}`;
  expect((await call(simulator, 'PATCH', path, { body: { url: receiver.url } })).status).toBe(200);
  expect((await call(simulator, 'GET', path)).body).toMatchObject({ url: receiver.url, name: 'mine' });
  await simulator.emit({ eventType: 'TEST' });
  await simulator.emit(TEST_EVENT);
  expect(eventsOf(receiver).map(({ eventType }) => eventType)).toEqual(['WEBHOOK_TEST']);
  expect((await call(simulator, 'PATCH', path, { body: { url: 'ftp://x' } })).status).toBe(400);
  expect((await call(simulator, 'GET', '/notifications/webhooks/none')).status).toBe(404);
});
