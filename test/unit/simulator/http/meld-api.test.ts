import { request } from 'undici';
import {
  aClock,
  aSimulator,
  aSimulatorWithReceiver,
  call,
  closeAll,
  connectionPath,
  eventsOf,
  read,
  refresh,
  typesOf,
} from '../start';

afterEach(closeAll);

const ERROR_BODY = {
  code: expect.any(String),
  message: expect.any(String),
  errors: expect.any(Array),
  requestId: expect.any(String),
  timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
};

test('a connection has every field of the contract', async () => {
  const simulator = await aSimulator({ now: aClock().now });
  const { id } = simulator.createConnection({ id: 'conn-1', customerId: 'cust-1', provider: 'MX' });
  expect((await read(simulator, id)).body).toEqual({
    accountId: expect.any(String),
    activeDuplicateConnectionId: null,
    createdAt: '2025-12-02T00:00:00.000000Z',
    customerId: 'cust-1',
    duplicateConnectionIds: null,
    externalCustomerId: null,
    id: 'conn-1',
    institutionId: expect.any(String),
    institutionName: 'First Simulated Bank (MX)',
    key: expect.any(String),
    optionalProducts: [],
    products: ['BALANCES', 'IDENTIFIERS', 'OWNERS', 'TRANSACTIONS'],
    regions: ['US'],
    serviceProviderDetails: { serviceProvider: 'MX', memberGuid: 'MBR-conn-1', userGuid: 'USR-cust-1' },
    status: 'ACTIVE',
    statusReason: null,
    successfullyAggregatedAt: '2025-12-30T22:00:00.000000Z',
  });
});

test.each(['', 'sandbox-key', 'Bearer sandbox-key', 'BASIC wrong', `BASIC ${btoa('user:sandbox-key')}`])(
  'authorization %p is refused',
  async (authorization) => {
    const simulator = await aSimulator();
    const { id } = simulator.createConnection();
    for (const path of [connectionPath(id), '/bank-linking/connections', '/no/such/path']) {
      const answer = await call(simulator, 'GET', path, { authorization });
      expect(answer).toMatchObject({ status: 401, body: ERROR_BODY });
    }
    expect((await refresh(simulator, id, { authorization })).status).toBe(401);
    expect(simulator.ledger()).toEqual([]);
  },
);

test('an accepted refresh answers its request id, which the ledger knows', async () => {
  const simulator = await aSimulator({ now: aClock().now });
  const { id } = simulator.createConnection();
  const { status, body } = await refresh(simulator, id, { body: { products: ['BALANCES'] } });
  expect(status).toBe(200);
  expect(simulator.ledger()).toEqual([
    {
      number: 1,
      connectionId: id,
      at: '2026-01-01T00:00:00.000000Z',
      products: ['BALANCES'],
      requestId: body['requestId'],
      answer: 'accepted',
      httpStatus: 200,
      charged: true,
    },
  ]);
});

test.each([
  ['no body', undefined],
  ['an empty object', {}],
  ['an empty list', { products: [] }],
])('%s asks for all products', async (_name, body) => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection();
  const answer = await call(simulator, 'POST', `${connectionPath(id)}/refresh`, { body });
  expect(answer.status).toBe(200);
  expect(simulator.ledger(id)).toMatchObject([{ products: null }]);
});

test.each([
  [['BALANCES'], ['ACCOUNTS_UPDATING', 'ACCOUNTS_UPDATED']],
  [['TRANSACTIONS'], ['TRANSACTIONS_AGGREGATED']],
  [
    ['OWNERS', 'TRANSACTIONS'],
    ['ACCOUNTS_UPDATING', 'ACCOUNTS_UPDATED', 'TRANSACTIONS_AGGREGATED'],
  ],
])('a refresh of %p sends only their events', async (products, events) => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  const { id } = simulator.createConnection({ scenario: 'early', params: { aggregationMs: 0 } });
  await refresh(simulator, id, { body: { products } });
  expect(typesOf(receiver)).toEqual(events);
});

test.each([
  ['a product it was not made with', { products: ['OWNERS'] }, 400, 'rejected'],
  ['a product nobody knows', { products: ['GOLD'] }, 400, 'rejected'],
  ['products that are no list', { products: 'BALANCES' }, 400, 'rejected'],
])('a refresh with %s is refused', async (_name, body, status, answer) => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection({ products: ['BALANCES'] });
  expect(await refresh(simulator, id, { body })).toMatchObject({ status, body: ERROR_BODY });
  expect(simulator.ledger(id)).toMatchObject([{ answer, httpStatus: status, charged: false }]);
});

test.each(['IN_PROGRESS', 'EXPIRED', 'RECONNECT_REQUIRED', 'UNRECOVERABLE', 'DELETED'])(
  'a connection in status %s answers 409',
  async (status) => {
    const simulator = await aSimulator();
    const { id } = simulator.createConnection({ status });
    expect(await refresh(simulator, id)).toMatchObject({ status: 409, body: ERROR_BODY });
    expect(simulator.ledger(id)).toMatchObject([{ answer: 'conflict', charged: false }]);
  },
);

test.each(['ACTIVE', 'PARTIALLY_ACTIVE', 'DEGRADED', 'UNDETERMINED', 'BRAND_NEW'])(
  'a connection in status %s can be refreshed',
  async (status) => {
    const simulator = await aSimulator();
    const { id } = simulator.createConnection({ status });
    expect((await refresh(simulator, id)).status).toBe(200);
  },
);

test('an MX connection has its three hours whatever its scenario', async () => {
  const clock = aClock();
  const simulator = await aSimulator({ now: clock.now });
  const { id } = simulator.createConnection({ scenario: 'healthy', provider: 'MX' });
  expect((await refresh(simulator, id)).status).toBe(200);
  clock.advance(3 * 3_600_000 - 1);
  expect((await refresh(simulator, id)).status).toBe(429);
  clock.advance(1);
  expect((await refresh(simulator, id)).status).toBe(200);
});

test('refreshing an inactive duplicate makes it the active one and demotes the other', async () => {
  const { simulator, receiver } = await aSimulatorWithReceiver();
  simulator.createConnections([
    { id: 'old' },
    { id: 'new', duplicateOf: 'old', status: 'PARTIALLY_ACTIVE', statusReason: 'INACTIVE_DUPLICATE' },
  ]);
  expect(simulator.connection('new')).toMatchObject({
    activeDuplicateConnectionId: 'old',
    duplicateConnectionIds: ['old'],
  });
  expect((await refresh(simulator, 'new')).status).toBe(200);
  expect(simulator.connection('new')).toMatchObject({ status: 'ACTIVE', activeDuplicateConnectionId: 'new' });
  expect(simulator.connection('old')).toMatchObject({
    status: 'PARTIALLY_ACTIVE',
    statusReason: 'INACTIVE_DUPLICATE',
    activeDuplicateConnectionId: 'new',
  });
  await simulator.until(
    () => eventsOf(receiver).filter(({ type }) => type === 'CONNECTION_STATUS_CHANGE').length === 2,
  );
});

test.each([
  ['ACTIVE', null, 409],
  ['ACTIVE', 'ACCESS_EXPIRING_SOON', 200],
  ['DEGRADED', 'INSTITUTION_ACTION_REQUIRED', 200],
  ['UNRECOVERABLE', 'CONTINUED_AGGREGATION_FAILURES', 200],
  ['DELETED', null, 409],
])('repairing %s %s answers %i', async (status, statusReason, expected) => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection({ status, statusReason });
  const answer = await call(simulator, 'POST', '/bank-linking/connect/repair', {
    body: { connectionId: id },
  });
  expect(answer.status).toBe(expected);
});

test.each([
  ['GET', '/bank-linking/connections/nobody', undefined, 404],
  ['POST', '/bank-linking/connections/nobody/refresh', {}, 404],
  ['POST', '/bank-linking/connect/repair', { connectionId: 'nobody' }, 404],
  ['POST', '/bank-linking/connect/repair', {}, 400],
  ['POST', '/bank-linking/connect/repair', '{"connectionId":', 400],
  ['GET', '/bank-linking/connections/%E0%A4%A', undefined, 400],
  ['GET', '/bank-linking/connections/__proto__', undefined, 404],
  ['GET', '/bank-linking/connections?limit=many', undefined, 400],
  ['GET', '/bank-linking/connections?limit=1e1', undefined, 400],
  ['GET', '/bank-linking/connections?after=nobody', undefined, 400],
  ['GET', '/bank-linking/else', undefined, 404],
] as const)('%s %s with %j answers %i', async (method, path, body, status) => {
  const simulator = await aSimulator();
  expect(await call(simulator, method, path, { body })).toMatchObject({ status, body: ERROR_BODY });
});

test('an overlong id is a 404, an overlong body a 413', async () => {
  const simulator = await aSimulator();
  const long = 'x'.repeat(10_000);
  expect(await read(simulator, long)).toMatchObject({ status: 404, body: ERROR_BODY });
  const body = { connectionId: 'x'.repeat(70_000) };
  const answer = await call(simulator, 'POST', '/bank-linking/connect/repair', { body });
  expect(answer).toMatchObject({ status: 413, body: ERROR_BODY });
});

test('a body that is no JSON is refused, and no charged call', async () => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection();
  const response = await request(`${simulator.url}${connectionPath(id)}/refresh`, {
    method: 'POST',
    headers: { authorization: `BASIC ${simulator.apiKey}`, 'content-type': 'text/plain' },
    body: 'please',
  });
  expect(response.statusCode).toBe(415);
  await response.body.dump();
  expect(simulator.ledger(id).filter(({ charged }) => charged)).toEqual([]);
});

test('twenty calls at once are twenty charges: there is no idempotency', async () => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection();
  await Promise.all(Array.from({ length: 20 }, () => refresh(simulator, id)));
  expect(simulator.ledger(id).filter(({ charged }) => charged)).toHaveLength(20);
});
