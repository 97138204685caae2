import { aSimulator, call, closeAll } from '../start';
import type { Simulator } from '../../../../src/simulator/simulator';

afterEach(closeAll);

interface FoundPage {
  readonly ids: string[];
  readonly lastKey: string;
  readonly count: unknown;
  readonly remaining: unknown;
}

async function search(simulator: Simulator, query: string): Promise<FoundPage> {
  const { status, body } = await call(simulator, 'GET', `/bank-linking/connections?${query}`);
  expect(status).toBe(200);
  const connections = Array.isArray(body['connections']) ? body['connections'] : [];
  return {
    ids: connections.map(({ id }) => String(id)),
    lastKey: String(connections.at(-1)?.key),
    count: body['count'],
    remaining: body['remaining'],
  };
}

const FIVE = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));

test.each([
  ['oldest_first', 'after', [['a', 'b'], ['c', 'd'], ['e']]],
  ['newest_first', 'before', [['e', 'd'], ['c', 'b'], ['a']]],
] as const)('%s: %s the last key leads through all pages', async (searchOrder, leads, pages) => {
  const simulator = await aSimulator({ searchOrder });
  simulator.createConnections(FIVE);
  let page = await search(simulator, 'limit=2');
  expect(page).toMatchObject({ ids: pages[0], count: 2, remaining: 3 });
  page = await search(simulator, `limit=2&${leads}=${page.lastKey}`);
  expect(page).toMatchObject({ ids: pages[1], count: 2, remaining: 1 });
  page = await search(simulator, `limit=2&${leads}=${page.lastKey}`);
  expect(page).toMatchObject({ ids: pages[2], count: 1, remaining: 0 });
});

test.each([
  ['oldest_first', 'before', ['b', 'c']],
  ['newest_first', 'after', ['d', 'c']],
] as const)(
  '%s: %s the key of the fourth leads back to its neighbours',
  async (searchOrder, back, expected) => {
    const simulator = await aSimulator({ searchOrder });
    simulator.createConnections(FIVE);
    const { lastKey } = await search(simulator, 'limit=4');
    expect((await search(simulator, `limit=2&${back}=${lastKey}`)).ids).toEqual(expected);
  },
);

test.each([
  ['customerId=alice', ['1', '2']],
  ['customerId=alice&serviceProviders=MX,FINICITY', ['2']],
  ['statuses=DEGRADED,%20EXPIRED', ['3']],
  ['externalCustomerId=ext', ['3']],
  ['institutionId=bank', ['1']],
  ['startDate=2026-01-02&endDate=2026-01-02', ['2']],
  ['customerId=nobody', []],
])('%s finds %p', async (query, expected) => {
  const simulator = await aSimulator();
  simulator.createConnections([
    { id: '1', customerId: 'alice', institutionId: 'bank', createdAt: '2026-01-01T23:59:59Z' },
    { id: '2', customerId: 'alice', provider: 'MX', createdAt: '2026-01-02T00:00:00Z' },
    { id: '3', status: 'DEGRADED', externalCustomerId: 'ext', createdAt: '2026-01-03T00:00:00Z' },
  ]);
  expect((await search(simulator, query)).ids).toEqual(expected);
});
