import { Client, Connection } from '@temporalio/client';
import { InvalidRequestError, RefreshClient } from '../../../src/client';
import { TemporalUnavailableError } from '../../../src/client/errors';
import { refreshCustomer, type CustomerConnection } from '../../../src/client/refresh-customer';
import type { RefreshRequest } from '../../../src/refresh/model/request';

const aConnection = (over: Partial<CustomerConnection> = {}): CustomerConnection => ({
  id: 'c-1',
  status: 'ACTIVE',
  statusReason: null,
  activeDuplicateConnectionId: null,
  ...over,
});

const connections = (): Promise<readonly CustomerConnection[]> =>
  Promise.resolve(Array.from({ length: 30 }, (_, index) => aConnection({ id: `c-${index}` })));

test('asks for eight at a time, and answers in the order of the list', async () => {
  let open = 0;
  let most = 0;
  const refresh = async (): Promise<{ runId: string; disposition: 'started' }> => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    return { runId: 'r', disposition: 'started' };
  };
  const dispositions = await refreshCustomer({ connections, refresh }, 'cu', {});
  expect(most).toBe(8);
  expect(dispositions.map(({ connectionId }) => connectionId)).toEqual(
    (await connections()).map(({ id }) => id),
  );
});

test('reports what fails, and goes on', async () => {
  const error = new TemporalUnavailableError('start the refresh', {});
  const dispositions = await refreshCustomer(
    {
      connections,
      refresh: ({ connectionId, customerId, products }) =>
        connectionId === 'c-3'
          ? Promise.reject(error)
          : Promise.resolve({ runId: `${customerId} ${products?.join()}`, disposition: 'joined' }),
    },
    'cu',
    { products: ['BALANCES'] },
  );
  expect(dispositions).toHaveLength(30);
  expect(dispositions[3]).toEqual({ connectionId: 'c-3', disposition: 'failed', error });
  expect(dispositions[4]).toEqual({ connectionId: 'c-4', disposition: 'joined', runId: 'cu BALANCES' });
});

test('passes on what the list of connections fails with', async () => {
  const failing = (): Promise<never> => Promise.reject(new Error('Meld is down'));
  await expect(refreshCustomer({ connections: failing, refresh: failing }, 'cu', {})).rejects.toThrow(
    'Meld is down',
  );
});

const DUPLICATE = {
  status: 'PARTIALLY_ACTIVE',
  statusReason: 'INACTIVE_DUPLICATE',
  activeDuplicateConnectionId: 'active',
};

test.each([
  [
    'an inactive duplicate, naming the active one',
    DUPLICATE,
    {},
    { reason: 'INACTIVE_DUPLICATE', activeDuplicateConnectionId: 'active' },
  ],
  ['a deleted connection', { status: 'DELETED' }, {}, { reason: 'DELETED' }],
  ['one whose widget is still open', { status: 'IN_PROGRESS' }, {}, { reason: 'IN_PROGRESS' }],
  ['one that wants repair', { status: 'RECONNECT_REQUIRED' }, {}, { reason: 'RECONNECT_REQUIRED' }],
] as const)('skips %s', async (_name, over, request, expected) => {
  const refresh = () => Promise.reject(new Error('not to be asked for'));
  const listed = () => Promise.resolve([aConnection(over)]);
  expect(await refreshCustomer({ connections: listed, refresh }, 'cu', request)).toEqual([
    { connectionId: 'c-1', disposition: 'skipped', ...expected },
  ]);
});

test('asks as a bulk does, unless the request says otherwise', async () => {
  const asked: unknown[] = [];
  const refresh = ({ priority }: RefreshRequest) => {
    asked.push(priority);
    return Promise.resolve({ runId: 'r', disposition: 'started' as const });
  };
  const listed = () => Promise.resolve([aConnection()]);
  for (const request of [{}, { priority: 'interactive' as const }])
    await refreshCustomer({ connections: listed, refresh }, 'cu', request);
  expect(asked).toEqual(['bulk', 'interactive']);
});

test('refuses a wrong request once, before it asks for the connections', async () => {
  const connection = Connection.lazy();
  const refreshes = new RefreshClient({ client: new Client({ connection }) });
  const unasked = jest.fn(connections);
  for (const request of [{ maxAge: '15' }, { freshSince: '2999-01-01T00:00:00Z' }])
    await expect(refreshes.refreshCustomer('cu', request, unasked)).rejects.toThrow(InvalidRequestError);
  expect(unasked).not.toHaveBeenCalled();
  await connection.close();
});

test('takes part: one that wants repair, when the request waits for it, and one in a status nobody knows', async () => {
  const refresh = () => Promise.resolve({ runId: 'r', disposition: 'started' as const });
  const listed = () =>
    Promise.resolve([
      aConnection({ status: 'RECONNECT_REQUIRED' }),
      aConnection({ id: 'c-2', status: 'NEW' }),
    ]);
  const dispositions = await refreshCustomer({ connections: listed, refresh }, 'cu', { onRepair: 'wait' });
  expect(dispositions.map(({ disposition }) => disposition)).toEqual(['started', 'started']);
});
