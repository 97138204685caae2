import { temporal as proto } from '@temporalio/proto';
import type { RefreshRequest } from '../../src/refresh/model/request';
import { accountsUpdated, join, transactionsAggregated } from '../../src/workflows/messages';
import { startOperatorRig, type OperatorRig } from './support/operator-rig';
import { until } from './support/until';

// What an operator does to a run every day, on a real server: none of it may pay twice, lose a call from the ledger or
// leave a run that can never go on.

let rig: OperatorRig;
beforeAll(async () => {
  rig = await startOperatorRig();
});
afterAll(() => rig.close());

const { EventType } = proto.api.enums.v1;
const CANCEL_REQUESTED: number =
  proto.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED;
const TWO_EVENTS = [accountsUpdated, transactionsAggregated] as const;

const phaseOf = async (id: string): Promise<string | undefined> =>
  ((await rig.handle(id).describe()).memo?.['progress'] as { phase?: string } | undefined)?.phase;

const inPhase = (id: string, phase: string) =>
  until(`${id} is ${phase}`, async () => ((await phaseOf(id)) === phase ? phase : null));

const isPending = (id: string, activity: string) =>
  until(`${activity} of ${id} is pending`, async () => {
    const { raw } = await rig.handle(id).describe();
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === activity) ? true : null;
  });

const isAskedToCancelCall = (id: string) =>
  until(`Temporal is asked to cancel the call of ${id}`, async () =>
    (await rig.history(id)).some((event) => event.activityTaskCancelRequestedEventAttributes) ? true : null,
  );

const dataArrives = async (id: string): Promise<void> => {
  for (const [index, signal] of TWO_EVENTS.entries()) {
    const payload = { eventId: `${id}-${index}`, occurredAt: new Date().toISOString() };
    await rig.handle(id).signal(signal, payload);
  }
};

test('a run that was reset to before its paid call waits for that call instead of paying again', async () => {
  const id = 'reset-before-call';
  await rig.start(id);
  await inPhase(id, 'waiting_for_data');
  expect(rig.posts(id)).toBe(1);

  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
  await until('the new run waits for the data of the old one', async () => {
    const memo = (await rig.handle(id).describe()).memo?.['progress'] as { why?: string } | undefined;
    return memo?.why?.includes('an earlier run may have sent') ? memo : null;
  });
  await dataArrives(id);
  // It stays in the ledger of the run that made it: this one made none.
  expect(await rig.handle(id).result()).toMatchObject({ outcome: 'already_fresh', calls: [] });
  expect(rig.posts(id)).toBe(1);
});

test('who waits for a run that is reset meanwhile is told how the run in its place ends', async () => {
  const id = 'reset-awaited';
  const handle = await rig.refresh(id);
  await inPhase(id, 'waiting_for_data');
  const told = handle.result();
  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
  // The run that it got says where to, and the handle shows that one.
  const { runId = '' } = (await rig.latest(id)) ?? {};
  expect(await rig.describe(id, handle.runId)).toMatchObject({
    state: 'failed',
    failure: expect.stringContaining(`; reset to run ${runId}`),
  });
  expect(await handle.progress()).toMatchObject({ runId, state: 'running' });
  await dataArrives(id);
  expect(await told).toMatchObject({ outcome: 'already_fresh' });
});

test('a run that was reset to between its read and its call is told of that call when it sends its own', async () => {
  const id = 'reset-between';
  await rig.start(id);
  await inPhase(id, 'waiting_for_data');
  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, 1);
  await until('the new run waits for the data of the old one', async () =>
    (await rig.latest(id))?.progress?.why.includes('an earlier run may have sent') === true ? true : null,
  );
  const started = (await rig.history(id)).flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name ?? [],
  );
  expect(started.slice(0, 2)).toEqual(['readConnection', 'requestRefresh']);
  expect(rig.posts(id)).toBe(1);
  await rig.cancel(id);
});

test('a run that was reset with its call under way does not send it again, and waits for it as for any other', async () => {
  const id = 'reset-in-call';
  const answer = rig.holdAnswer(id);
  await rig.start(id);
  await until('the call has left', () => (rig.posts(id) === 1 ? true : null));
  await rig.handle(id).signal(accountsUpdated, { eventId: `${id}-old`, occurredAt: '2026-01-01T00:00:00Z' });
  await until('its run has heard of something else', async () => {
    const tasks = (await rig.history(id)).filter((event) => event.workflowTaskCompletedEventAttributes);
    return tasks.length === 3 ? true : null;
  });
  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, -1);
  await until('the new run waits for the data of the old one', async () =>
    (await rig.latest(id))?.progress?.why.includes('an earlier run may have sent') === true ? true : null,
  );
  answer();
  expect(rig.posts(id)).toBe(1);
  await rig.cancel(id);
});

test('a first run that is reset twice does not pay again while the data of the run in between is awaited', async () => {
  const id = 'reset-twice';
  const awaitsEarlierCall = (posts: number) =>
    until('the new run waits for the data of the old one', async () => {
      const memo = (await rig.handle(id).describe()).memo?.['progress'] as { why?: string } | undefined;
      return memo?.why?.includes('an earlier run may have sent') && rig.posts(id) === posts ? memo : null;
    });
  // Long enough to reset a run that has just paid.
  const first = await rig.start(id, { policy: { completionWait: '10s' } });
  await inPhase(id, 'waiting_for_data');
  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
  await awaitsEarlierCall(1);
  await until('it pays when nothing has come', () => (rig.posts(id) === 2 ? true : null));

  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, 0, first.firstExecutionRunId);
  await awaitsEarlierCall(2);
  await dataArrives(id);
  expect(await rig.handle(id).result()).toMatchObject({ outcome: 'already_fresh', calls: [] });
  expect(rig.posts(id)).toBe(2);
});

test('an older run that is reset does not pay again while the data of the one that followed it is awaited', async () => {
  const id = 'reset-older';
  rig.reads(id, { status: 'RECONNECT_REQUIRED' });
  const older = await rig.start(id);
  expect(await older.result()).toMatchObject({ outcome: 'repair_required' });
  rig.reads(id, {});
  await rig.refresh(id);
  await inPhase(id, 'waiting_for_data');
  expect(rig.posts(id)).toBe(1);

  const paidAt = Date.now();
  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, 0, older.firstExecutionRunId);
  // Where the runs cannot be listed this tells how long the others have been closed.
  expect((await rig.handle(id).describe()).startTime.getTime()).toBeGreaterThanOrEqual(paidAt);
  await until('the new run waits for the data of the one that it has replaced', async () => {
    const why = (await rig.latest(id))?.progress?.why;
    return rig.posts(id) > 1 || why?.includes('an earlier run may have sent') === true ? true : null;
  });
  expect(rig.posts(id)).toBe(1);
  await rig.cancel(id);
});

test('a request that is repeated after an older run was reset gets the run of its first use', async () => {
  const id = 'reset-keyed';
  rig.reads(id, { status: 'RECONNECT_REQUIRED' });
  const older = await rig.start(id);
  await older.result();
  const keyed = { idempotencyKey: 'once' };
  const first = await rig.refresh(id, keyed);
  await first.result();
  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, 0, older.firstExecutionRunId);
  await rig.handle(id).result();
  expect(await rig.refresh(id, keyed)).toMatchObject({ runId: first.runId, disposition: 'joined' });
  await expect(rig.refresh(id, { ...keyed, maxCharges: 1 })).rejects.toMatchObject({
    code: 'idempotency_conflict',
  });
});

test('a run that was reset takes data of the call before for no more than that has asked for', async () => {
  const id = 'reset-scoped';
  await rig.start(id, { products: ['BALANCES'], policy: { settle: '500ms' } });
  await inPhase(id, 'waiting_for_data');
  const release = rig.holdReads(id);
  await rig.handle(id).signal(join, {
    ...{ joinId: 'rest', requestedAt: new Date().toISOString() },
    products: ['TRANSACTIONS'],
  });
  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
  rig.reads(id, { successfullyAggregatedAt: new Date().toISOString() });
  release();
  await until('it pays for the rest', () => (rig.posts(id) === 2 ? true : null));
  expect(rig.products(id)).toEqual([['BALANCES'], ['TRANSACTIONS']]);
  await rig.cancel(id);
});

test('nor where the read that is to complete its report fails', async () => {
  const id = 'reset-unread';
  rig.reads(id, { products: ['BALANCES', 'OWNERS'] });
  await rig.start(id, { products: ['BALANCES'] });
  await inPhase(id, 'waiting_for_data');
  const release = rig.holdReads(id);
  await rig.handle(id).signal(join, {
    ...{ joinId: 'rest', requestedAt: new Date().toISOString() },
    products: ['OWNERS'],
  });
  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
  await rig.handle(id).signal(accountsUpdated, { eventId: `${id}-0`, occurredAt: new Date().toISOString() });
  await until('that read has failed', async () =>
    (await rig.history(id)).some((event) => event.markerRecordedEventAttributes) ? true : null,
  );
  release();
  await until('it pays for the rest', () => (rig.posts(id) === 2 ? true : null));
  expect(rig.products(id)).toEqual([['BALANCES'], ['OWNERS']]);
  await rig.cancel(id);
});

test('nor of the call of a later run, to which it was reset while Meld limits its reads', async () => {
  const id = 'reset-limited';
  rig.reads(id, { products: ['BALANCES', 'OWNERS'] });
  const unlimited = rig.limitReads(id);
  const older = await rig.start(id, { products: ['BALANCES', 'OWNERS'] });
  await inPhase(id, 'reading');
  await older.terminate();
  unlimited();
  await rig.refresh(id, { products: ['BALANCES'] });
  await inPhase(id, 'waiting_for_data');

  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, -1, older.firstExecutionRunId);
  await inPhase(id, 'reading');
  await rig.handle(id).signal(accountsUpdated, { eventId: `${id}-0`, occurredAt: new Date().toISOString() });
  const heardOf = await until('it has heard of that call', async () => {
    const run = await rig.latest(id);
    return (run?.state === 'ended' ? run.result : run?.progress?.lastCall) ?? null;
  });
  expect(heardOf).toMatchObject({ products: ['BALANCES'] });
  await rig.cancel(id);
});

test('a run that was reset ends on nothing before it has heard of the call before, and tells the next one', async () => {
  const id = 'reset-unavailable';
  await rig.start(id);
  await inPhase(id, 'waiting_for_data');
  const release = rig.holdReads(id);
  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
  await isPending(id, 'readConnection');
  const show = rig.hideRuns();
  await rig.completeByHand(id, {});
  await until('Temporal has not told it', async () => {
    const run = await rig.latest(id);
    expect(run).toMatchObject({ state: 'running' });
    const { pendingActivities } = (await rig.handle(id).describe()).raw;
    return pendingActivities?.some(({ attempt }) => Number(attempt) > 1) ? true : null;
  });
  expect((await rig.latest(id))?.activity).toBe('asking Temporal for calls before the reset');
  show();
  expect(await rig.handle(id).result()).toMatchObject({ outcome: 'escalated', reason: 'meld_unavailable' });
  expect((await rig.latest(id))?.progress?.lastCall).toMatchObject({ products: null });
  release();
});

describe('while a run that was reset asks for the calls before', () => {
  /** @returns what lets Temporal tell them */
  const asking = async (id: string): Promise<() => void> => {
    const { firstExecutionRunId } = await rig.start(id);
    await inPhase(id, 'waiting_for_data');
    const release = rig.holdReads(id);
    const tell = rig.holdEarlierCalls(firstExecutionRunId);
    await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
    await isPending(id, 'readConnection');
    await rig.completeByHand(id, {});
    await isPending(id, 'readEarlierCalls');
    release();
    return tell;
  };

  test('its memo tells of the idempotency keys of those who join', async () => {
    const id = 'reset-asking-keyed';
    const tell = await asking(id);
    await rig.refresh(id, { idempotencyKey: 'once' });
    await expect(rig.refresh(id, { idempotencyKey: 'once', maxCharges: 1 })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    });
    tell();
    await rig.cancel(id);
  });

  test('it can be canceled', async () => {
    const id = 'reset-asking-canceled';
    const tell = await asking(id);
    await rig.cancel(id);
    await expect(rig.handle(id).result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    tell();
  });

  test('another worker goes on with it', async () => {
    const id = 'reset-asking-moved';
    const tell = await asking(id);
    const show = rig.hideRuns();
    await rig.withoutWorker(() => Promise.resolve());
    await rig.handle(id).signal(join, { joinId: 'another', requestedAt: new Date().toISOString() });
    show();
    expect(await rig.handle(id).result()).toMatchObject({ outcome: 'escalated' });
    expect(rig.failedTasks(await rig.history(id))).toEqual([]);
    tell();
  });

  test('an operator who fails the question by hand lets it end on what it knows', async () => {
    const id = 'reset-asking-failed';
    const tell = await asking(id);
    await rig.failByHand(id);
    expect(await rig.handle(id).result()).toMatchObject({ outcome: 'escalated', reason: 'meld_unavailable' });
    tell();
  });
});

test('a run that was reset to after its call knows that for its own, and makes the next one', async () => {
  const id = 'reset-after-call';
  await rig.start(id, { products: ['BALANCES'] });
  await inPhase(id, 'waiting_for_data');
  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, -1);
  await rig.handle(id).signal(join, {
    ...{ joinId: 'rest', requestedAt: new Date().toISOString() },
    products: ['TRANSACTIONS'],
  });
  await rig.handle(id).signal(accountsUpdated, { eventId: `${id}-0`, occurredAt: new Date().toISOString() });
  await until('it pays for the rest', () => (rig.posts(id) === 2 ? true : null));
  expect(rig.products(id)).toEqual([['BALANCES'], ['TRANSACTIONS']]);
  await rig.cancel(id);
});

test('a run that has ended can be reset to each of its tasks: none pays again, or tells of more than there is', async () => {
  const id = 'reset-to-each';
  rig.reads(id, { products: ['BALANCES', 'OWNERS'] });
  const first = await rig.start(id, { products: ['BALANCES'] });
  const told = (eventId: string) =>
    rig.handle(id).signal(accountsUpdated, { eventId, occurredAt: new Date().toISOString() });
  await inPhase(id, 'waiting_for_data');
  const wish = { joinId: 'rest', requestedAt: new Date().toISOString(), products: ['OWNERS'] as const };
  await rig.handle(id).signal(join, wish);
  await told(`${id}-0`);
  await until('it pays for the rest', () => (rig.posts(id) === 2 ? true : null));
  await inPhase(id, 'waiting_for_data');
  await told(`${id}-1`);
  const whole = { evidence: { BALANCES: {}, OWNERS: {} } };
  expect(await first.result()).toMatchObject({ outcome: 'refreshed', ...whole });

  const resetToEach = async (runId: string): Promise<void> => {
    const tasks = (await rig.history(id)).filter((event) => event.workflowTaskCompletedEventAttributes);
    expect(tasks.length).toBeGreaterThan(5);
    for (const [nth] of tasks.entries()) {
      await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, nth, runId);
      expect(await rig.handle(id).result()).toMatchObject(whole);
      expect(rig.failedTasks(await rig.history(id))).toEqual([]);
      await rig.replay(id);
    }
  };
  await resetToEach(first.firstExecutionRunId);
  // One that has asked for the calls before its own reset: what it keeps of that is no question of the next one's.
  await resetToEach((await rig.latest(id))?.runId ?? '');
  expect(rig.products(id)).toEqual([['BALANCES'], ['OWNERS']]);
});

test('an ended run with an outcome webhook can be reset: its delivery keeps its id', async () => {
  const id = 'reset-ended';
  const handle = await rig.start(id, { policy: { deliverOutcomes: ['refreshed', 'already_fresh'] } });
  await inPhase(id, 'waiting_for_data');
  await dataArrives(id);
  expect(await handle.result()).toMatchObject({ outcome: 'refreshed' });
  await until('the outcome is delivered', () => (rig.delivered(id).length === 1 ? true : null));

  await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, -1);
  expect(await rig.handle(id).result()).toMatchObject({ outcome: 'refreshed' });
  expect(rig.failedTasks(await rig.history(id))).toEqual([]);
  expect(rig.posts(id)).toBe(1);
});

describe('a run that was reset while the outcome of the first one is still to be delivered', () => {
  /** Ended, and its outcome refused by the receiver. */
  const anUndelivered = async (id: string) => {
    const handle = await rig.start(id, {
      policy: { deliverOutcomes: ['refreshed', 'already_fresh'], clockTolerance: '0s', settle: '500ms' },
    });
    const accept = rig.refuseOutcome(handle.firstExecutionRunId);
    await inPhase(id, 'waiting_for_data');
    await dataArrives(id);
    await handle.result();
    await rig.refused(handle.firstExecutionRunId);
    return { runId: handle.firstExecutionRunId, accept };
  };
  const told = (id: string, count: number) =>
    until(`${count} outcomes are delivered`, () => {
      const notices = rig.delivered(id);
      return notices.length >= count
        ? notices.map(({ runId, result: { outcome } }) => ({ runId, outcome }))
        : null;
    });

  test('tells its own end as well, each run once', async () => {
    const id = 'reset-undelivered';
    const { runId: first, accept } = await anUndelivered(id);
    await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
    expect(await rig.handle(id).result()).toMatchObject({ outcome: 'already_fresh' });
    const { runId: second } = await rig.handle(id).describe();
    expect(await told(id, 1)).toEqual([{ runId: second, outcome: 'already_fresh' }]);
    accept();
    expect(await told(id, 2)).toEqual([
      { runId: second, outcome: 'already_fresh' },
      { runId: first, outcome: 'refreshed' },
    ]);
  });

  test('tells of a charge that it made after the delivery had begun, also when it is canceled', async () => {
    const id = 'canceled-after-delivery';
    const { accept } = await anUndelivered(id);
    await rig.withoutWorker(async () => {
      await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, -1);
      const now = new Date().toISOString();
      await rig.handle(id).signal(join, { joinId: 'late', requestedAt: now, freshSince: now });
    });
    await until('the second call', () => (rig.posts(id) === 2 ? true : null));
    await inPhase(id, 'waiting_for_data');
    await rig.handle(id).cancel();
    await expect(rig.handle(id).result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(rig.failedTasks(await rig.history(id))).toEqual([]);
    const { runId } = await rig.handle(id).describe();
    expect(await told(id, 1)).toEqual([{ runId, outcome: 'canceled' }]);
    accept();
  });
});

test('a run that is canceled in its call comes to the answer first, and tells of the charge', async () => {
  const id = 'cancel-in-call';
  const answer = rig.holdAnswer(id);
  const handle = await rig.start(id, { policy: { deliverOutcomes: ['refreshed'] } });
  await until('the call is under way', () => (rig.posts(id) === 1 ? true : null));
  await handle.cancel();
  // An answer that came in the same activation would prove nothing.
  await isAskedToCancelCall(id);
  answer();
  await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  const { memo } = await handle.describe();
  expect(memo).toMatchObject({ progress: { phase: 'ended', calls: 1, mayBeCharged: 1, lastCall: {} } });
  const [notice] = await until('the cancellation is delivered', () => {
    const notices = rig.delivered(id);
    return notices.length > 0 ? notices : null;
  });
  expect(notice).toMatchObject({
    result: { outcome: 'canceled', calls: [{ answer: 'accepted', mayBeCharged: true }] },
  });
});

test('a call that a worker has taken may be charged, also when an operator completes it as canceled', async () => {
  const id = 'canceled-by-hand';
  rig.holdAnswer(id);
  const handle = await rig.start(id);
  await until('the call is under way', () => (rig.posts(id) === 1 ? true : null));
  await handle.cancel();
  await isAskedToCancelCall(id);
  await rig.cancelCallByHand(id);
  await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect((await handle.describe()).memo).toMatchObject({
    progress: { calls: 1, mayBeCharged: 1, lastCall: { leftBy: expect.any(String) } },
  });
});

test('a call that an operator fails and puts back into its queue may have left: it does not leave again', async () => {
  const id = 'queued-again';
  const answer = rig.holdAnswer(id);
  const handle = await rig.start(id, { policy: { settle: '500ms' } });
  await until('the call has left', () => (rig.posts(id) === 1 ? true : null));
  await rig.failAndQueueAgain(id);
  await inPhase(id, 'waiting_for_data');
  await dataArrives(id);
  expect(await handle.result()).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'unknown' }] });
  expect(rig.posts(id)).toBe(1);
  answer();
});

test('a call that no worker has taken is withdrawn with its run, and was provably not sent', async () => {
  const id = 'canceled-in-queue';
  const handle = await rig.startUnattended(id);
  await until('the call waits for its turn', async () => {
    const { pendingActivities } = (await handle.describe()).raw;
    return pendingActivities?.some(({ activityType }) => activityType?.name === 'requestRefresh')
      ? true
      : null;
  });
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect((await handle.describe()).memo).toMatchObject({
    progress: { calls: 0, mayBeCharged: 0, lastCall: null },
  });
});

test('the run after a canceled one waits for its call before it pays', async () => {
  const id = 'after-cancel';
  const first = await rig.refresh(id);
  await inPhase(id, 'waiting_for_data');
  await first.cancel();
  await expect(first.result()).rejects.toThrow();
  const second = await rig.refresh(id);
  expect(second.runId).not.toBe(first.runId);
  await inPhase(id, 'waiting_for_data');
  await dataArrives(id);
  expect(await second.result()).toMatchObject({ outcome: 'already_fresh', calls: [] });
  expect(rig.posts(id)).toBe(1);
});

test('the run after one that was terminated in its call waits for that call before it pays', async () => {
  const id = 'after-terminate';
  const answer = rig.holdAnswer(id);
  const first = await rig.refresh(id);
  await until('the call is under way', () => (rig.posts(id) === 1 ? true : null));
  await rig.handle(id).terminate();
  answer();
  const second = await rig.refresh(id);
  expect(second.runId).not.toBe(first.runId);
  await inPhase(id, 'waiting_for_data');
  await dataArrives(id);
  expect(await second.result()).toMatchObject({ outcome: 'already_fresh', calls: [] });
  expect(rig.posts(id)).toBe(1);
});

describe('a call whose data may come is paid for once, though', () => {
  const awaitsEarlierCall = (id: string) =>
    until('the new run waits for the data of an earlier one', async () => {
      const why = (await rig.latest(id))?.progress?.why;
      return why?.includes('an earlier run may have sent') ? why : null;
    });
  const canceled = async (id: string, request: Partial<RefreshRequest> = {}): Promise<void> => {
    const run = await rig.refresh(id, request);
    await until('its call is answered', async () => {
      const progress = (await rig.latest(id))?.progress;
      return progress?.phase === 'waiting_for_data' && progress.accepted === 1 ? progress : null;
    });
    await run.cancel();
    await expect(run.result()).rejects.toThrow('canceled');
  };

  test('its run was reset to one that ended without a call of its own', async () => {
    const id = 'reset-without-call';
    await rig.refresh(id);
    await inPhase(id, 'waiting_for_data');
    rig.reads(id, { status: 'RECONNECT_REQUIRED' });
    await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
    expect(await rig.handle(id).result()).toMatchObject({ outcome: 'repair_required', calls: [] });

    rig.reads(id, {});
    await rig.refresh(id);
    await awaitsEarlierCall(id);
    expect(rig.posts(id)).toBe(1);
    await rig.cancel(id);
  });

  test('its run was reset to one that was terminated before a worker took it up', async () => {
    const id = 'reset-without-worker';
    await rig.refresh(id);
    await inPhase(id, 'waiting_for_data');
    await rig.withoutWorker(async () => {
      await rig.reset(id, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
      await rig.handle(id).terminate();
    });
    await rig.refresh(id);
    await awaitsEarlierCall(id);
    expect(rig.posts(id)).toBe(1);
    await rig.cancel(id);
  });

  test('another call for other products came after it', async () => {
    const id = 'two-canceled';
    await canceled(id, { products: ['BALANCES'] });
    await canceled(id, { products: ['TRANSACTIONS'] });
    await rig.refresh(id, { products: ['BALANCES'] });
    await awaitsEarlierCall(id);
    expect(rig.products(id)).toEqual([['BALANCES'], ['TRANSACTIONS']]);
    await rig.cancel(id);
  });

  test('a request names an older one', async () => {
    const id = 'older-call-named';
    await canceled(id);
    await rig.refresh(id, {
      lastCall: { sentAt: '2026-01-01T00:00:00Z', products: null, aggregatedBefore: null },
    });
    await awaitsEarlierCall(id);
    expect(rig.posts(id)).toBe(1);
    await rig.cancel(id);
  });

  test('a newer build has written it down with more than this one knows', async () => {
    const id = 'newer-memo';
    const sentAt = new Date().toISOString();
    await rig.withoutWorker(async () => {
      const lastCall = { sentAt, products: null, aggregatedBefore: null, costs: { cents: 3 } };
      await rig.startWithMemory(id, { nextAllowedAt: null, idempotencyKeys: [], lastCall });
      await rig.handle(id).terminate();
    });
    await rig.refresh(id);
    await awaitsEarlierCall(id);
    expect(rig.posts(id)).toBe(0);
    await rig.cancel(id);
  });
});

test('a request that comes while a canceled call is under way waits for it, and then for its data', async () => {
  const id = 'cancel-in-call-and-ask';
  const answer = rig.holdAnswer(id);
  await rig.refresh(id);
  await until('the call is under way', () => (rig.posts(id) === 1 ? true : null));
  await rig.cancel(id);
  await until('the cancellation has reached the call', async () => {
    const { raw } = await rig.handle(id).describe();
    return Number(raw.pendingActivities?.[0]?.state) === CANCEL_REQUESTED ? true : null;
  });
  expect((await rig.latest(id))?.activity).toContain('requesting the refresh from Meld');
  const patient = rig.refresh(id);
  const impatient = rig.refresh(id, {}, { cancelWaitMs: 0 });
  await expect(impatient).rejects.toMatchObject({
    code: 'refresh_contended',
    message: expect.stringContaining('once Meld has answered its charged call'),
  });
  answer();
  expect((await patient).disposition).toBe('started');
  await dataArrives(id);
  expect(await (await patient).result()).toMatchObject({ outcome: 'already_fresh', calls: [] });
  expect(rig.posts(id)).toBe(1);
});

test('a request with a key that came to a run while that was being canceled, asked again, gets a run of its own', async () => {
  const id = 'key-after-cancel';
  const answer = rig.holdAnswer(id);
  const first = { products: ['BALANCES'], idempotencyKey: 'first' } as const;
  const canceled = await rig.refresh(id, first);
  await until('the call is under way', () => (rig.posts(id) === 1 ? true : null));
  await rig.cancel(id);
  await isAskedToCancelCall(id);
  // As of a caller who described the run before, and was told to ask again after.
  const payload = { joinId: 'late', requestedAt: new Date().toISOString(), idempotencyKey: 'late' };
  await rig.handle(id).signal(join, payload);
  await until('the run knows the key', async () => {
    const { memo } = await rig.handle(id).describe();
    return JSON.stringify(memo).includes('"late"') ? true : null;
  });
  const late = { idempotencyKey: 'late' };
  const again = rig.refresh(id, late, { cancelWaitMs: 0 });
  await expect(again).rejects.toMatchObject({ code: 'refresh_contended' });
  expect(await rig.refresh(id, first)).toMatchObject({ runId: canceled.runId });
  answer();
  const own = await rig.refresh(id, late);
  expect(own.disposition).toBe('started');
  expect(await rig.refresh(id, late)).toMatchObject({ runId: own.runId, disposition: 'joined' });
  await rig.cancel(id);
});

test('an idempotency key that comes with another request is refused also while a call is under way', async () => {
  const id = 'key-in-call';
  const answer = rig.holdAnswer(id);
  const { runId } = await rig.refresh(id);
  await until('the call is under way', () => (rig.posts(id) === 1 ? true : null));
  const keyed = { idempotencyKey: 'k', products: ['BALANCES'] } as const;
  const other = { idempotencyKey: 'k', maxCharges: 9, giveUpAfter: '48h' } as const;
  // At once: neither knows of the other before it has sent its signal.
  const both = await Promise.allSettled([rig.refresh(id, keyed), rig.refresh(id, other)]);
  expect(both.filter(({ status }) => status === 'fulfilled')).toMatchObject([{ value: { runId } }]);
  const conflict = { reason: { code: 'idempotency_conflict' } };
  expect(both.filter(({ status }) => status === 'rejected')).toMatchObject([conflict]);
  const first = both[0].status === 'fulfilled' ? keyed : other;
  const second = first === keyed ? other : keyed;
  await expect(rig.refresh(id, second)).rejects.toMatchObject({ code: 'idempotency_conflict' });
  expect(await rig.refresh(id, first)).toMatchObject({ runId, disposition: 'joined' });
  expect((await rig.latest(id))?.progress?.terms.maxCharges).toBe(first === other ? 9 : 2);
  answer();
  await rig.cancel(id);
});

test('a join that names an optional product is taken up: all of the run does not ask for it', async () => {
  const id = 'optional';
  rig.reads(id, { products: ['TRANSACTIONS'], optionalProducts: ['OWNERS'] });
  await rig.refresh(id);
  await inPhase(id, 'waiting_for_data');
  const joined = await rig.refresh(id, { products: ['OWNERS'] });
  await dataArrives(id);
  expect(await rig.handle(id).result()).toMatchObject({ evidence: { OWNERS: { by: 'event' } } });
  expect((await joined.result()).outcome).toBe('refreshed');
});

/** What no activity of ours returns. */
describe.each(['{}', 'null', '"rubbish"', '[]', '7', '{"answer":"not_sent","lastCall":{}}'])(
  'completed by hand with %s',
  (text) => {
    const rubbish: unknown = JSON.parse(text);
    const idOf = (what: string): string => `${what}-${Buffer.from(text).toString('hex')}`;
    const noTaskFails = async (id: string) => expect(rig.failedTasks(await rig.history(id))).toEqual([]);

    test('a call is a lost answer, and the run goes on', async () => {
      const id = idOf('call');
      rig.holdAnswer(id);
      const handle = await rig.start(id);
      await until('the call is under way', () => (rig.posts(id) === 1 ? true : null));
      await rig.completeByHand(id, rubbish);
      await inPhase(id, 'waiting_for_data');
      await dataArrives(id);
      expect(await handle.result()).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'unknown' }] });
      await noTaskFails(id);
    });

    test('a first read is one that failed, and nothing is paid for blindly', async () => {
      const id = idOf('read');
      rig.holdReads(id);
      const handle = await rig.start(id);
      await isPending(id, 'readConnection');
      await rig.completeByHand(id, rubbish);
      expect(await handle.result()).toMatchObject({
        outcome: 'escalated',
        reason: 'meld_unavailable',
        calls: [],
      });
      await noTaskFails(id);
    });

    test('a poll is one that found nothing, and the data is still waited for', async () => {
      const id = idOf('poll');
      const handle = await rig.start(id, { policy: { poll: { first: '500ms' } } });
      await inPhase(id, 'waiting_for_data');
      await isPending(id, 'readConnection');
      await rig.completeByHand(id, rubbish);
      await until('the poll has ended', async () => {
        const { raw } = await rig.handle(id).describe();
        return raw.pendingActivities?.length || raw.pendingWorkflowTask ? null : true;
      });
      await dataArrives(id);
      expect(await handle.result()).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'accepted' }] });
      await noTaskFails(id);
    });
  },
);

describe('completed by hand, the delivery of an outcome', () => {
  const anEndedRun = async (id: string): Promise<string> => {
    const handle = await rig.start(id, { policy: { deliverOutcomes: ['refreshed'] } });
    await inPhase(id, 'waiting_for_data');
    await dataArrives(id);
    expect(await handle.result()).toMatchObject({ outcome: 'refreshed' });
    return id;
  };
  const deliveryIs = (id: string, activity: string) =>
    until(`the delivery of ${id} is in ${activity}`, async () => {
      const { raw } = await (await rig.delivery(id)).describe();
      return raw.pendingActivities?.some(({ activityType }) => activityType?.name === activity) ? true : null;
    });

  test.each([
    '{}',
    '"rubbish"',
    '[]',
    '7',
    '{"result":null}',
    '{"result":{}}',
    '{"runId":"another","result":{"outcome":"refreshed"}}',
  ])('fails when its read was with %s, saying what to do, and tells nobody what is not so', async (text) => {
    const id = `unread-${Buffer.from(text).toString('hex').slice(0, 64)}`;
    rig.holdOutcome(id);
    await deliveryIs(await anEndedRun(id), 'readOutcome');
    await rig.completeByHand(id, JSON.parse(text), 'delivery');
    const delivery = await rig.delivery(id);
    await expect(delivery.result()).rejects.toMatchObject({ cause: { type: 'OutcomeUnreadable' } });
    expect(rig.failedTasks((await delivery.fetchHistory()).events ?? [])).toEqual([]);
    expect(rig.delivered(id)).toEqual([]);
  });

  test('is over, with whatever an operator ends it', async () => {
    const id = 'given-up';
    rig.refuseOutcome(id);
    await deliveryIs(await anEndedRun(id), 'deliverOutcome');
    await rig.completeByHand(id, { given: 'up' }, 'delivery');
    await (await rig.delivery(id)).result();
    expect(rig.delivered(id)).toEqual([]);
  });
});

test('an outcome whose receiver is down is delivered though its run has been removed meanwhile', async () => {
  const id = 'removed';
  const accept = rig.refuseOutcome(id);
  const handle = await rig.start(id, { policy: { deliverOutcomes: ['refreshed'] } });
  await inPhase(id, 'waiting_for_data');
  await dataArrives(id);
  await handle.result();
  const delivery = await rig.delivery(id);
  await until('the receiver has refused it', async () => {
    const { raw } = await delivery.describe();
    return raw.pendingActivities?.[0]?.lastFailure ? true : null;
  });
  await rig.remove(id);
  const gone = () =>
    rig
      .handle(id)
      .describe()
      .then(() => null)
      .catch((error: unknown) => error);
  // Temporal removes it when it comes to it: seconds on a busy machine.
  await until('the run is removed', gone, 90_000);
  accept();
  await delivery.result();
  expect(rig.delivered(id)).toMatchObject([
    { runId: handle.firstExecutionRunId, result: { outcome: 'refreshed', calls: [{ answer: 'accepted' }] } },
  ]);
  // Read once, before any attempt: one that is read again later may be gone.
  const { events } = await delivery.fetchHistory();
  const asked = events?.flatMap(
    ({ activityTaskScheduledEventAttributes: it }) => it?.activityType?.name ?? [],
  );
  expect(asked).toEqual(['readOutcome', 'deliverOutcome']);
}, 120_000);

test('a call that leaves long after the read is not sent: the connection is read again, and the data is there', async () => {
  const id = 'stood-still';
  rig.standStillBeforeCall(id, 65_000);
  const handle = await rig.start(id, { policy: { settle: '500ms' } });
  expect(await handle.result()).toMatchObject({ outcome: 'already_fresh', calls: [] });
  expect(rig.posts(id)).toBe(0);
});

test('evidence that comes while the call is pending ends the run, the call booked as unknown', async () => {
  const id = 'evidence-in-call';
  rig.holdAnswer(id);
  const handle = await rig.start(id);
  await until('the call is under way', () => (rig.posts(id) === 1 ? true : null));
  await dataArrives(id);
  expect(await handle.result()).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'unknown' }] });
});

test('a run that was paused before a worker took its task cannot be replayed: terminated, the next one refreshes', async () => {
  const id = 'paused-too-early';
  await rig.withoutWorker(async () => {
    await rig.start(id);
    await rig.pauseAndUnpause(id);
  });
  await until('its workflow task fails', async () => {
    const failures = rig.failedTasks(await rig.history(id));
    return failures.some(({ workflowTaskFailedEventAttributes: failed }) =>
      failed?.failure?.message?.includes('in state Scheduled'),
    )
      ? true
      : null;
  });
  await rig.handle(id).terminate();
  const handle = await rig.start(id);
  await inPhase(id, 'waiting_for_data');
  await dataArrives(id);
  expect(await handle.result()).toMatchObject({ outcome: 'refreshed' });
  expect(rig.posts(id)).toBe(1);
});

test('a run under another workflow id fails at once, naming the right one', async () => {
  const failed = rig.startAs('job-4711', 'con-4711');
  await expect(failed).rejects.toMatchObject({
    cause: { type: 'InvalidRequest', message: expect.stringContaining('refresh-connection-con-4711') },
  });
  expect(rig.posts('con-4711')).toBe(0);
});

test.each([
  ['has a field that nobody knows', 'odd-field', { urgency: 'high' }, null],
  ['has a field that cannot be read', 'odd-value', { giveUpAfter: 'soon' }, 'giveUpAfter'],
  ['was sent at a time that cannot be read', 'odd-time', { requestedAt: 'noon' }, null],
  ['has no id', 'odd-id', { joinId: 7 }, null],
])('a join that %s is taken; what was not understood is shown', async (_what, id, odd, shown) => {
  const handle = await rig.start(id, { products: ['BALANCES'] });
  await inPhase(id, 'waiting_for_data');
  const requestedAt = new Date().toISOString();
  await handle.signal(join, { joinId: 'a', requestedAt, products: ['TRANSACTIONS'], ...odd } as never);
  await until('the join is taken', async () => {
    const { memo } = await handle.describe();
    return JSON.stringify(memo).includes('TRANSACTIONS') ? true : null;
  });
  const metadata = await handle.query('__temporal_workflow_metadata');
  if (shown !== null) expect(metadata).toMatchObject({ currentDetails: expect.stringContaining(shown) });
  await dataArrives(id);
  await until('the second call', () => (rig.posts(id) === 2 ? true : null));
  expect(rig.products(id)).toEqual([['BALANCES'], ['TRANSACTIONS']]);
  await handle.cancel();
});

test.each(['json/plain', 'json/protobuf'])(
  'a signal whose %s cannot be decoded is a message that says nothing: it stops no run',
  async (encoding) => {
    const id = `odd-${encoding.replace('/', '-')}`;
    await rig.start(id, { products: ['BALANCES'] });
    await inPhase(id, 'waiting_for_data');
    await rig.signalAs(encoding, id, 'accountsUpdated');
    await rig.signalAs(encoding, id, 'join');
    await until('the join, which wants all products, is taken', async () => {
      const { memo } = await rig.handle(id).describe();
      return JSON.stringify(memo).includes('"allProducts":true') ? true : null;
    });
    expect(rig.failedTasks(await rig.history(id))).toEqual([]);
    await rig.handle(id).cancel();
  },
);

test('2,000 joins that waited for a worker are taken in one activation, without an interrupted script', async () => {
  const id = 'crowd';
  await rig.start(id);
  await inPhase(id, 'waiting_for_data');
  await rig.withoutWorker(async () => {
    const requestedAt = new Date().toISOString();
    for (let batch = 0; batch < 20; batch++) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          rig.handle(id).signal(join, { joinId: `${batch}-${index}`, requestedAt }),
        ),
      );
    }
  });
  const events = await until('the joins are taken', async () => {
    const history = await rig.history(id);
    const last = history.at(-1)?.eventType;
    return last !== EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED &&
      last !== EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED &&
      last !== EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
      ? history
      : null;
  });
  expect(rig.failedTasks(events)).toEqual([]);
  await rig.handle(id).cancel();
}, 180_000);
