import type { Delivery } from '../../src/simulator/webhooks/outbox';
import { aStack, type TestStack } from './support/a-stack';
import { ask } from './support/ask';
import { historyOf } from './support/histories';
import { anEvent, deliver } from './support/signed-webhook';
import { until } from './support/until';

let stack: TestStack;
beforeAll(async () => {
  // Data is only found by webhooks here: no poll comes before a test is over.
  stack = await aStack({ policy: { poll: { first: '10m' }, completionWait: '1h', giveUpAfter: '2h' } });
});
afterAll(() => stack.close());

/** A refresh that waits for data which only comes when a test says so. */
async function aWaitingRefresh(): Promise<string> {
  const { api, meld } = stack;
  const [connection] = await meld.createConnections([{ params: { aggregationMs: 3_600_000 } }]);
  const { id } = connection!;
  await api.start(id);
  await until('the refresh waits for data', async () =>
    (await api.read(id)).progress?.phase === 'waiting_for_data' ? true : null,
  );
  return id;
}

const STATUS_CHANGE = { eventType: 'BANK_LINKING_CONNECTION_STATUS_CHANGE' };

const signalsOf = async (id: string): Promise<string[]> =>
  (await historyOf(stack.temporal, id)).flatMap(
    ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName ?? [],
  );

const readsOf = async (id: string): Promise<number> =>
  (await historyOf(stack.temporal, id)).filter(
    ({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType?.name === 'readConnection',
  ).length;

/** Whether the workflow has dealt with everything that its history holds. */
const isIdle = async (id: string): Promise<boolean> => {
  const last = (await historyOf(stack.temporal, id)).at(-1);
  return Boolean(last?.timerStartedEventAttributes ?? last?.workflowTaskCompletedEventAttributes);
};

test.each([
  ['by another secret', () => deliver({ ...stack.webhooks, secret: 'not-the-secret' }, anEvent('any'))],
  ['not at all', () => ask(stack.webhooks.url, { method: 'POST', body: anEvent('any') })],
])('an event that is signed %s is refused with 401', async (_how, send) => {
  expect(await send()).toMatchObject({ status: 401, json: { status: 401 } });
});

test('nothing of a refused event reaches Temporal, and what is signed does', async () => {
  const id = await aWaitingRefresh();
  const { url } = stack.webhooks;
  const before = await historyOf(stack.temporal, id);
  expect((await deliver({ url, secret: 'not-the-secret' }, anEvent(id))).status).toBe(401);
  const body = anEvent(id);
  expect(await deliver(stack.webhooks, body)).toMatchObject({ status: 200, json: { result: 'delivered' } });
  expect(await signalsOf(id)).toEqual(['connectionStatusChanged']);
  expect((await historyOf(stack.temporal, id)).length).toBeGreaterThan(before.length);
});

test('a signed event of a connection that nobody refreshes is taken, so that it does not come again', async () => {
  const answer = await deliver(stack.webhooks, anEvent('unheard-of'));
  expect(answer).toMatchObject({ status: 200, json: { result: 'no_open_refresh' } });
});

test('a body over 64 KiB is refused with 413', async () => {
  const fitting = 'x'.repeat(64_000);
  const answer = await deliver(stack.webhooks, anEvent('any', { fitting }));
  expect(answer.status).toBe(200);
  expect(await deliver(stack.webhooks, anEvent('any', { fitting, more: 'x'.repeat(2_000) }))).toMatchObject({
    status: 413,
    json: { status: 413 },
  });
});

test('an event that is delivered twice counts once', async () => {
  const { meld } = stack;
  const id = await aWaitingRefresh();
  const reads = await readsOf(id);
  const lookedOnceMore = (times: number) =>
    until(`the connection was read ${times} more times`, async () =>
      (await readsOf(id)) >= reads + times && (await isIdle(id)) ? true : null,
    );
  const { eventId } = await meld.emit({ ...STATUS_CHANGE, connectionId: id });
  await lookedOnceMore(1);

  await meld.emit({ ...STATUS_CHANGE, connectionId: id, eventId });
  await until('the second delivery was taken in', async () =>
    (await signalsOf(id)).length === 2 && (await isIdle(id)) ? true : null,
  );
  expect(await readsOf(id)).toBe(reads + 1);

  await meld.emit({ ...STATUS_CHANGE, connectionId: id });
  await lookedOnceMore(2);
  expect(await readsOf(id)).toBe(reads + 2);
});

interface Outage {
  readonly begin: () => Promise<void> | void;
  readonly end: () => Promise<void> | void;
}

const OUTAGES: Readonly<Record<string, Outage>> = {
  'does not answer': {
    begin: () => {
      stack.dev.send('SIGSTOP');
    },
    end: () => {
      stack.dev.send('SIGCONT');
    },
  },
  'is gone': { begin: () => stack.dev.kill(), end: () => stack.dev.restart() },
};

test.each(Object.entries(OUTAGES))(
  'events that come while Temporal %s are asked for again, and delivered when it is back',
  async (_how, outage) => {
    const { api, meld } = stack;
    const id = await aWaitingRefresh();

    await outage.begin();
    try {
      // Its data lands now; the webhooks find no Temporal.
      await meld.aggregate(id);
      const [answer, ready, healthy] = await Promise.all([
        deliver(stack.webhooks, anEvent(id)),
        ask(`${api.url}/readyz`),
        ask(`${api.url}/healthz`),
      ]);
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) } });
      expect([ready.status, healthy.status]).toEqual([503, 200]);
      await until('Meld tries again', async () => (await dataEvents(id)).find(wasRetried) ?? null);
    } finally {
      await outage.end();
    }

    await until('Temporal is ready', async () =>
      (await ask(`${api.url}/readyz`)).status === 200 ? true : null,
    );
    expect(await api.result(id)).toMatchObject({
      outcome: 'refreshed',
      calls: [{ answer: 'accepted' }],
      evidence: { BALANCES: { by: 'event' }, TRANSACTIONS: { by: 'event' } },
    });
    expect(await meld.ledger(id)).toHaveLength(1);
    // What was never answered with 200 is delivered in the end, if only to be told that nobody waits any more.
    await until('every event was taken', async () =>
      (await dataEvents(id)).every(({ state }) => state === 'delivered') ? true : null,
    );
  },
);

const dataEvents = async (id: string): Promise<Delivery[]> =>
  (await stack.meld.deliveries(id)).filter(({ event }) => /UPDATED|AGGREGATED/.test(event.eventType));

const wasRetried = ({ attempts }: Delivery): boolean => attempts.some(({ result }) => result !== 'ok');
