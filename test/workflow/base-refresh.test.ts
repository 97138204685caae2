import { temporal } from '@temporalio/proto';
import { accountsUpdated, transactionsAggregated } from '../../src/workflows/messages';
import { skipTime, until, type SkippingTime } from './support/skipping-time';

let world: SkippingTime;
beforeAll(async () => {
  world = await skipTime();
});
afterAll(() => world.close());

const { EventType } = temporal.api.enums.v1;

test('accepted and both events: refreshed, with the evidence, in at most 34 history events', async () => {
  const { simulator, start, env } = world;
  simulator.createConnection({ id: 'base', params: { aggregationMs: 600_000 } });
  const handle = await start({ connectionId: 'base', customerId: 'cust-1' });
  const progress = async (): Promise<unknown> => (await handle.describe()).memo?.['progress'];
  await until(
    async () => ((await progress()) as { phase?: string } | undefined)?.phase === 'waiting_for_data',
  );
  expect(await progress()).toMatchObject({
    phase: 'waiting_for_data',
    why: 'Meld accepted the refresh',
    calls: 1,
    connectionProducts: ['BALANCES', 'IDENTIFIERS', 'OWNERS', 'TRANSACTIONS'],
  });

  const occurredAt = new Date(await env.currentTimeMs()).toISOString();
  await handle.signal(accountsUpdated, { eventId: 'e-accounts', occurredAt });
  // Each event in a workflow task of its own: the longest history that this refresh can have.
  await until(async () => tasksAfter('WORKFLOW_EXECUTION_SIGNALED', await handle.fetchHistory()) === 1);
  await handle.signal(transactionsAggregated, { eventId: 'e-transactions', occurredAt });

  expect(await handle.result()).toMatchObject({
    outcome: 'refreshed',
    evidence: {
      BALANCES: { by: 'event', eventId: 'e-accounts' },
      TRANSACTIONS: { by: 'event', eventId: 'e-transactions' },
    },
    calls: [{ answer: 'accepted', httpStatus: 200, products: null }],
  });
  expect(simulator.ledger('base')).toHaveLength(1);

  const { events = [] } = await handle.fetchHistory();
  expect(events?.length).toBeLessThanOrEqual(34);
  expect(events?.length).toBeGreaterThan(20);
});

test('every activity and every timer says in words what it is for', async () => {
  const handle = world.env.client.workflow.getHandle('refresh-connection-base');
  const { events } = await handle.fetchHistory();
  const told = (events ?? []).filter(
    ({ eventType }) =>
      eventType === EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED ||
      eventType === EventType.EVENT_TYPE_TIMER_STARTED,
  );
  expect(told).toHaveLength(3);
  const summaries = told.map(({ userMetadata }) => Buffer.from(userMetadata?.summary?.data ?? '').toString());
  expect(summaries).toEqual([
    '"the refresh begins"',
    expect.stringMatching(/^"charged call: no data since 20/),
    '"waiting for data: Meld accepted the refresh"',
  ]);
});

test('the charged call has one attempt, no heartbeat and far longer than its one request may take', async () => {
  const { events } = await world.env.client.workflow.getHandle('refresh-connection-base').fetchHistory();
  const [call] = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled?.activityType?.name === 'requestRefresh' ? [scheduled] : [],
  );
  expect(call?.retryPolicy?.maximumAttempts).toBe(1);
  // A worker that loses Temporal for some seconds, and not Meld, must still be able to bring the answer.
  expect(Number(call?.heartbeatTimeout?.seconds ?? 0)).toBe(0);
  // 50 s: the longest that MELD_TIMEOUT may be.
  expect(Number(call?.startToCloseTimeout?.seconds ?? 0)).toBeGreaterThan(50);
});

function tasksAfter(event: string, { events }: temporal.api.history.v1.IHistory): number {
  const types = (events ?? []).map(({ eventType }) => eventType);
  const from = types.lastIndexOf(EventType[`EVENT_TYPE_${event}` as keyof typeof EventType]);
  return types.slice(from).filter((type) => type === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED).length;
}
