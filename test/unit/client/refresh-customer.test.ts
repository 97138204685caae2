import { TemporalUnavailableError } from '../../../src/client/errors';
import { refreshCustomer } from '../../../src/client/refresh-customer';

const connections = (): Promise<readonly string[]> =>
  Promise.resolve(Array.from({ length: 30 }, (_, index) => `c-${index}`));

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
  expect(dispositions.map(({ connectionId }) => connectionId)).toEqual(await connections());
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
