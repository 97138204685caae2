import { randomUUID } from 'node:crypto';
import { accountsUpdated, join, transactionsAggregated } from '../../src/workflows/messages';
import { skipTime, until, type Handle, type SkippingTime } from './support/skipping-time';

let world: SkippingTime;
beforeAll(async () => {
  world = await skipTime();
});
afterAll(() => world.close());

const waitingForData = (handle: Handle) => async (): Promise<boolean> => {
  const progress = (await handle.describe()).memo?.['progress'] as { phase?: string } | undefined;
  return progress?.phase === 'waiting_for_data';
};

test('a join that names more products leads to the one further call that they need', async () => {
  const { simulator, start } = world;
  simulator.createConnection({ id: 'wider', params: { aggregationMs: 3_000 } });
  const handle = await start({ connectionId: 'wider', products: ['BALANCES'] });
  // The test server fails a task that cancels a call which has been answered meanwhile.
  await until(waitingForData(handle));
  const joining = {
    joinId: randomUUID(),
    requestedAt: new Date().toISOString(),
    products: ['TRANSACTIONS'],
  } as const;
  await handle.signal(join, joining);
  await handle.signal(join, joining);
  const result = await handle.result();
  expect(result).toMatchObject({
    outcome: 'refreshed',
    evidence: { BALANCES: {}, TRANSACTIONS: {} },
    calls: [{ products: ['BALANCES'] }, { products: ['TRANSACTIONS'] }],
  });
});

test('a join that names a product the connection does not have does not touch the run', async () => {
  const { simulator, start } = world;
  simulator.createConnection({ id: 'narrow', products: ['BALANCES'], params: { aggregationMs: 3_000 } });
  const handle = await start({ connectionId: 'narrow' });
  await until(waitingForData(handle));
  await handle.signal(join, {
    joinId: randomUUID(),
    requestedAt: new Date().toISOString(),
    products: ['OWNERS'],
  });
  expect(await handle.result()).toMatchObject({ outcome: 'refreshed', calls: [{ products: null }] });
});

test('signals that do not read as messages harm nothing', async () => {
  const { simulator, start } = world;
  simulator.createConnection({ id: 'noisy', params: { aggregationMs: 3_000 } });
  const handle = await start({ connectionId: 'noisy' });
  for (const name of [
    accountsUpdated.name,
    transactionsAggregated.name,
    join.name,
    'connectionStatusChanged',
  ]) {
    for (const payload of [
      null,
      7,
      'text',
      [],
      {},
      { eventId: 7, occurredAt: 'noon' },
      { joinId: 'j', requestedAt: 5 },
    ]) {
      await handle.signal(name, payload);
    }
    await handle.signal(name);
  }
  expect(await handle.result()).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'accepted' }] });
});

test('a request that cannot be understood fails the run, saying what was expected', async () => {
  const handle = await world.start({ connectionId: 'bad', products: ['GOLD' as 'OWNERS'] });
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'InvalidRequest', message: expect.stringContaining('BALANCES, IDENTIFIERS') },
  });
  expect(await handle.query('__temporal_workflow_metadata')).toMatchObject({
    currentDetails: expect.stringMatching(/^\*\*Failed\*\*: products: expected a list/),
  });
});
