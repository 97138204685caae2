import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { aConnection } from '../unit/refresh/support/a-run';
import { toInstant } from '../../src/refresh/model/instant';
import type { Product } from '../../src/refresh/model/product';
import type { RefreshRequest } from '../../src/refresh/model/request';
import {
  accountsUpdated,
  join,
  refreshWorkflowId,
  transactionsAggregated,
} from '../../src/workflows/messages';
import { progressOf, skipTime, until, type Handle, type SkippingTime } from './support/skipping-time';

// Hours of polls take seconds of a quiet machine, and a minute of a busy one.
jest.setTimeout(180_000);

test('an activity that breaks in the call is an unknown answer, and is not repeated blindly', async () => {
  let calls = 0;
  const world = await skipTime({
    requestRefresh: async () => {
      calls += 1;
      throw ApplicationFailure.create({ message: 'the worker fell over' });
    },
  });
  try {
    world.simulator.createConnection({ id: 'fallen' });
    const result = await (await world.start({ connectionId: 'fallen', maxCharges: 1 })).result();
    expect(result).toMatchObject({
      outcome: 'escalated',
      reason: 'charge_limit',
      calls: [{ answer: 'unknown', httpStatus: null, requestId: null }],
    });
    expect(calls).toBe(1);
  } finally {
    await world.close();
  }
});

test('a read whose worker has died is done again within seconds', async () => {
  let reads = 0;
  let letGo: () => void = () => undefined;
  const world = await skipTime({
    readConnection: async () => {
      reads += 1;
      // The first one neither answers nor shows any sign of life.
      if (reads === 1) await new Promise<void>((resolve) => (letGo = resolve));
      letGo();
      return { read: 'not_found', requestId: null };
    },
  });
  try {
    const result = await (await world.start({ connectionId: 'unseen' })).result();
    expect(result).toMatchObject({ outcome: 'not_found' });
    expect(reads).toBe(2);
    expect(Date.parse(result.finishedAt) - Date.parse(result.requestedAt)).toBeLessThan(30_000);
  } finally {
    await world.close();
  }
});

describe('a poll that is recorded long after it read the connection', () => {
  test.each([
    ['whose reader says when it began', (nowMs: number) => ({ beganAt: toInstant(nowMs - 300_000) })],
    ['of which nobody says when it began', () => ({})],
  ])('is no ground for a charged call: %s', async (_which, told) => {
    let calls = 0;
    let polls = 0;
    const world: SkippingTime = await skipTime({
      requestRefresh: () => {
        calls += 1;
        return Promise.resolve({
          answer: 'server_error',
          httpStatus: 503,
          requestId: null,
          retryAfterMs: null,
        });
      },
      readConnection: async ({ unless }) => {
        if (unless === undefined) {
          const status = polls === 0 ? 'ACTIVE' : 'RECONNECT_REQUIRED';
          return { read: 'found', connection: aConnection({ status }) };
        }
        polls += 1;
        // The wait of ten minutes for the next attempt is what the report comes late by.
        if (polls === 1) throw ApplicationFailure.create({ message: 'nothing new' });
        const nowMs = await world.env.currentTimeMs();
        return { read: 'found', ...told(nowMs), connection: aConnection({ status: 'PARTIALLY_ACTIVE' }) };
      },
    });
    try {
      const policy = { serverErrorRetries: 0, poll: { first: '10m', factor: 1, maximum: '10m' } } as const;
      const handle = await world.start({ connectionId: 'polled', policy });
      expect(await handle.result()).toMatchObject({ outcome: 'repair_required' });
      expect([calls, polls]).toEqual([1, 2]);
    } finally {
      await world.close();
    }
  });
});

test('a call that no worker took in time was not sent, and is in no ledger', async () => {
  const world = await skipTime({}, 'workflows');
  const { env } = world;
  try {
    // Ten real seconds: the server skips none while a call waits for a worker.
    const handle = await world.start({ connectionId: 'unattended', giveUpAfter: '5s' });
    const read = await env.client.workflowService.pollActivityTaskQueue({
      namespace: 'default',
      taskQueue: { name: 'meld-refresh' },
    });
    await env.client.activity.complete(read.taskToken, { read: 'found', connection: aConnection() });
    expect(await handle.result()).toMatchObject({ outcome: 'escalated', reason: 'deadline', calls: [] });

    const { events } = await handle.fetchHistory();
    const asked = events?.flatMap(
      ({ activityTaskScheduledEventAttributes: it }) => it?.activityType?.name ?? [],
    );
    expect(asked).toEqual(['readConnection', 'requestRefresh']);
  } finally {
    await world.close();
  }
});

describe('a call that waits for its turn', () => {
  let world: SkippingTime;
  beforeAll(async () => {
    world = await skipTime({}, 'all but calls');
  });
  afterAll(() => world.close());

  const aQueuedCall = async (connectionId: string, wish: Partial<RefreshRequest> = {}): Promise<Handle> => {
    world.simulator.createConnection({ id: connectionId });
    const handle = await world.start({ connectionId, ...wish });
    await until(async () => {
      const { raw } = await handle.describe();
      return (raw.pendingActivities ?? []).some(
        ({ activityType }) => activityType?.name === 'requestRefresh',
      );
    });
    return handle;
  };

  test('has its timeout after all that may come before it leaves: a late read of ten seconds is no lost answer', async () => {
    const handle = await aQueuedCall('bounded', { policy: { callTimeout: '21s' } });
    const { events } = await handle.fetchHistory();
    const bounds = events?.flatMap(({ activityTaskScheduledEventAttributes: it }) =>
      it?.activityType?.name === 'requestRefresh' ? Number(it.startToCloseTimeout?.seconds) : [],
    );
    expect(bounds).toEqual([10 + 5 + 21]);
    await handle.cancel();
  });

  /** As a worker takes it: withdrawn calls of the tests before may come first. */
  const take = async (connectionId: string) => {
    for (;;) {
      const task = await world.env.client.workflowService.pollActivityTaskQueue({
        namespace: 'default',
        taskQueue: { name: 'meld-refresh-calls' },
      });
      if (task.workflowExecution?.workflowId !== refreshWorkflowId(connectionId)) continue;
      const [input] = task.input?.payloads ?? [];
      const asked = input && defaultPayloadConverter.fromPayload<{ products?: string[] }>(input);
      return { taskToken: task.taskToken, products: asked?.products };
    }
  };
  const joinAs = async (handle: Handle, joinId: string, products: readonly Product[]): Promise<void> =>
    handle.signal(join, {
      joinId,
      requestedAt: new Date(await world.env.currentTimeMs()).toISOString(),
      products,
    });

  test('is withdrawn when somebody wants other products as well: one call asks for all of them', async () => {
    const connectionId = 'widened-in-queue';
    const handle = await aQueuedCall(connectionId, { products: ['BALANCES'] });
    await joinAs(handle, 'wider', ['TRANSACTIONS']);
    await until(async () => {
      const { events } = await handle.fetchHistory();
      return events?.some((event) => event.activityTaskCanceledEventAttributes) ?? false;
    });
    expect((await take(connectionId)).products).toEqual(['BALANCES', 'TRANSACTIONS']);
    await handle.terminate();
  });

  test('is left to a worker that has taken it, whatever else somebody wants', async () => {
    const connectionId = 'widened-when-taken';
    const handle = await aQueuedCall(connectionId, { products: ['BALANCES'] });
    const { taskToken, products } = await take(connectionId);
    expect(products).toEqual(['BALANCES']);
    await joinAs(handle, 'wider', ['TRANSACTIONS']);
    await until(async () => {
      const { events } = await handle.fetchHistory();
      return events?.some((event) => event.activityTaskCancelRequestedEventAttributes) ?? false;
    });
    const sentAt = new Date(await world.env.currentTimeMs()).toISOString();
    const answer = { answer: 'accepted', httpStatus: 200, requestId: 'req-1', sentAt };
    await world.env.client.activity.complete(taskToken, answer);
    await until(async () => (await progressOf(handle))?.accepted === 1);
    expect((await progressOf(handle))?.lastCall).toMatchObject({ sentAt, products: ['BALANCES'] });
    await handle.terminate();
  });

  test('is withdrawn by the cancellation of its run, which ends at once', async () => {
    const handle = await aQueuedCall('canceled-in-queue');
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await handle.describe()).memo).toMatchObject({ progress: { calls: 0, mayBeCharged: 0 } });
    expect(world.simulator.ledger('canceled-in-queue')).toEqual([]);
  });

  test('is withdrawn as soon as the data is there, before a worker can take it, and in no ledger', async () => {
    const handle = await aQueuedCall('fresh-in-queue');
    const occurredAt = new Date(await world.env.currentTimeMs()).toISOString();
    await handle.signal(accountsUpdated, { eventId: 'a', occurredAt });
    await handle.signal(transactionsAggregated, { eventId: 't', occurredAt });
    expect(await handle.result()).toMatchObject({ outcome: 'already_fresh', calls: [] });
    expect(world.simulator.ledger('fresh-in-queue')).toEqual([]);
    const { events = [] } = await handle.fetchHistory();
    const fired = events?.findIndex((event) => event.timerFiredEventAttributes) ?? -1;
    const asked = events?.findIndex((event) => event.activityTaskCancelRequestedEventAttributes) ?? -1;
    expect([asked > 0, fired < 0 || fired > asked]).toEqual([true, true]);
  });
});
