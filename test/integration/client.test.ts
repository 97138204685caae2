import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import {
  IdempotencyConflictError,
  InvalidRequestError,
  ProductNotAvailableError,
  RefreshCanceledError,
  RefreshClient,
  RefreshContendedError,
  RefreshFailedError,
  ResultNotReadyError,
  TemporalRejectedError,
  TemporalUnavailableError,
  type RefreshDescription,
  type RefreshHandle,
  type RefreshRequest,
} from '../../src/client';
import { mergePolicies } from '../../src/refresh/input/parse-policy';
import { DEFAULT_POLICY } from '../../src/refresh/model/policy';
import type { Product } from '../../src/refresh/model/product';
import { startDevServer } from '../../src/dev/temporal-server/dev-server';
import { startClientRig, type ClientRig } from './support/client-rig';
import { until } from './support/until';

let rig: ClientRig;

beforeAll(async () => {
  rig = await startClientRig();
});

afterAll(async () => {
  await rig.close();
});

/** A connection that waits for its events, unless the prefix says otherwise. */
const anId = (prefix = 'held'): string => `${prefix}-${randomUUID()}`;

/** A request as a caller without types would make it. */
const asPlainJavaScript = (request: object): RefreshRequest => JSON.parse(JSON.stringify(request));

/** Reads until it holds; fails after ten seconds. */
async function eventually<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const untilMs = Date.now() + 10_000;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > untilMs) throw new Error(`never came: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function whenCalled(connectionId: string): Promise<RefreshDescription> {
  const description = await eventually(
    () => rig.refreshes.latest(connectionId),
    (latest) => latest?.progress?.phase === 'waiting_for_data',
  );
  if (description === null) throw new Error('no run');
  return description;
}

/** What Meld's webhook says when the data is there. */
async function bringData(connectionId: string): Promise<void> {
  await whenCalled(connectionId);
  const payload = { eventId: randomUUID(), occurredAt: new Date().toISOString() };
  expect(await rig.refreshes.signal(connectionId, { signal: 'accountsUpdated', payload })).toBe('delivered');
}

/** A request that no open run serves without being told of it. */
const somethingNew = (connectionId: string): RefreshRequest => ({
  connectionId,
  freshSince: new Date().toISOString(),
});

/** Temporal keeps a signal out of the history for as long as a workflow task is under way. */
async function joinsOf({ connectionId, runId }: RefreshHandle): Promise<number> {
  const run = rig.temporal.workflow.getHandle(`refresh-connection-${connectionId}`, runId);
  await eventually(
    async () => (await run.describe()).raw.pendingWorkflowTask?.startedTime ?? null,
    (startedTime) => startedTime === null,
  );
  const history = await run.fetchHistory();
  return (history.events ?? []).filter(
    (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'join',
  ).length;
}

describe('one request', () => {
  test('starts a run that is described while it runs, and after its end with the result', async () => {
    const connectionId = anId();
    const refresh = await rig.refreshes.refresh({ connectionId, customerId: 'c-1', products: ['BALANCES'] });
    expect(refresh.disposition).toBe('started');
    expect(await whenCalled(connectionId)).toMatchObject({
      connectionId,
      runId: refresh.runId,
      state: 'running',
      customerId: 'c-1',
      progress: { calls: 1, connectionProducts: ['BALANCES', 'OWNERS'] },
    });

    await bringData(connectionId);

    const result = await refresh.result({ timeoutMs: 20_000 });
    expect(result).toMatchObject({ outcome: 'refreshed', connectionId, calls: [{ answer: 'accepted' }] });
    const ended = await refresh.progress();
    expect(ended).toMatchObject({ state: 'ended', outcome: 'refreshed', runId: refresh.runId, result });
    expect(Date.parse(ended.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(ended.startedAt));
    expect(await rig.refreshes.latest(connectionId)).toEqual(ended);
    expect(await rig.refreshes.describe(connectionId, refresh.runId)).toEqual(ended);
    expect(await rig.refreshes.cancel(connectionId)).toBe('not_running');
  });

  test('waits no longer than its bound, and leaves the run alone', async () => {
    const connectionId = anId();
    const refresh = await rig.refreshes.refresh({ connectionId });
    const error = await refresh.result({ timeoutMs: 300 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ResultNotReadyError);
    expect(error).toMatchObject({ code: 'result_not_ready', runId: refresh.runId });
    expect(await rig.refreshes.wait(connectionId, { timeoutMs: 0 })).toMatchObject({ state: 'running' });

    const waiting = rig.refreshes.wait(connectionId, { timeoutMs: 20_000 });
    await bringData(connectionId);
    expect(await waiting).toMatchObject({ state: 'ended', result: { outcome: 'refreshed' } });
  });

  test('carries the whole policy, its own over the configured one over the defaults, and maxAge as it is', async () => {
    const connectionId = anId();
    const nowMs = Date.now();
    const refreshes = rig.refreshClient({
      policy: { maxCharges: 1, poll: { factor: 3, first: '1m' } },
      now: () => nowMs,
    });
    const { runId } = await refreshes.refresh({
      connectionId,
      maxAge: '15m',
      policy: { poll: { first: '2m' } },
    });
    const { events } = await rig.temporal.workflow
      .getHandle(`refresh-connection-${connectionId}`, runId)
      .fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(JSON.parse(Buffer.from(payload?.data ?? []).toString())).toEqual({
      connectionId,
      maxAge: '15m',
      policy: mergePolicies(DEFAULT_POLICY, { maxCharges: 1, poll: { factor: 3, first: '2m' } }),
    });
  });

  test.each([
    ['a product nobody knows', { connectionId: 'x', products: ['MAGIC'] }],
    ['an id that leaves its path', { connectionId: '../x' }],
    ['an id of ten kilobytes', { connectionId: 'x'.repeat(10_000) }],
    ['no id', {}],
  ])('is refused before anything is started: %s', async (_name, request) => {
    const error = await rig.refreshes.refresh(asPlainJavaScript(request)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({ code: 'invalid_request' });
  });

  test('of an unknown connection or run is null, and no_open_refresh for its webhooks', async () => {
    const payload = { eventId: 'e', occurredAt: new Date().toISOString() };
    expect(await rig.refreshes.latest(anId())).toBeNull();
    expect(await rig.refreshes.describe(anId(), randomUUID())).toBeNull();
    expect(await rig.refreshes.describe(anId(), 'no run id')).toBeNull();
    expect(await rig.refreshes.wait(anId(), { timeoutMs: 1_000 })).toBeNull();
    expect(await rig.refreshes.cancel(anId())).toBe('not_running');
    expect(await rig.refreshes.signal(anId(), { signal: 'accountsUpdated', payload })).toBe(
      'no_open_refresh',
    );
    expect(await rig.refreshes.signal('../x', { signal: 'accountsUpdated', payload })).toBe(
      'no_open_refresh',
    );
    await expect(rig.refreshes.result(anId())).rejects.toMatchObject({ code: 'refresh_not_found' });
  });

  test('tells a run that failed from one that was canceled', async () => {
    const terminated = await rig.refreshes.refresh({ connectionId: anId() });
    await rig.temporal.workflow
      .getHandle(`refresh-connection-${terminated.connectionId}`)
      .terminate('a test');
    await expect(terminated.result()).rejects.toBeInstanceOf(RefreshFailedError);
    expect(await terminated.progress()).toMatchObject({
      state: 'failed',
      failure: 'terminated in Temporal: a test',
    });

    const canceled = await rig.refreshes.refresh({ connectionId: anId() });
    expect(await canceled.cancel()).toBe('requested');
    await expect(canceled.result()).rejects.toBeInstanceOf(RefreshCanceledError);
    expect(await canceled.progress()).toMatchObject({ state: 'canceled' });
    expect(await canceled.cancel()).toBe('not_running');
  });
});

describe('window memory', () => {
  test('makes no second call inside the window that the run before has met', async () => {
    const connectionId = anId('window');
    const first = await rig.refreshes.refresh({ connectionId, onRateLimit: 'return' });
    const limited = await first.result({ timeoutMs: 20_000 });
    if (limited.outcome !== 'rate_limited') throw new Error(limited.outcome);
    expect(Date.parse(limited.nextAllowedAt)).toBeGreaterThan(Date.now() + 3_000_000);

    const second = await rig.refreshes.refresh({ connectionId, onRateLimit: 'return' });
    expect(second.disposition).toBe('started');
    expect(await second.result({ timeoutMs: 20_000 })).toMatchObject({
      outcome: 'rate_limited',
      nextAllowedAt: limited.nextAllowedAt,
      calls: [],
    });
    expect(rig.calls.get(connectionId)).toBe(1);
  });
});

describe('joining', () => {
  test('twenty at once make one run, and all get its result', async () => {
    const connectionId = anId();
    const refreshes = await Promise.all(
      Array.from({ length: 20 }, () => rig.refreshClient().refresh({ connectionId })),
    );
    expect(refreshes.filter(({ disposition }) => disposition === 'started')).toHaveLength(1);
    const [first] = refreshes;
    if (first === undefined) throw new Error('none');
    expect(new Set(refreshes.map(({ runId }) => runId))).toEqual(new Set([first.runId]));

    await bringData(connectionId);
    const results = await Promise.all(refreshes.map((one) => one.result({ timeoutMs: 20_000 })));
    for (const result of results) expect(result).toMatchObject({ outcome: 'refreshed' });
    expect(rig.calls.get(connectionId)).toBe(1);
    // One that comes when the run is known to do all it asks for is no signal.
    expect(await joinsOf(first)).toBeLessThanOrEqual(19);
  });

  test('with a product that the connection does not have is refused and does not touch the run', async () => {
    const connectionId = anId();
    const open = await rig.refreshes.refresh({ connectionId });
    // At once: the open run has not read the connection yet.
    const error = await rig.refreshes
      .refresh({ connectionId, products: ['BALANCES', 'TRANSACTIONS'] })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProductNotAvailableError);
    expect(error).toMatchObject({ products: ['TRANSACTIONS'], available: ['BALANCES', 'OWNERS'] });
    expect(await joinsOf(open)).toBe(0);

    const joined = await rig.refreshes.refresh({ ...somethingNew(connectionId), products: ['OWNERS'] });
    expect(joined).toMatchObject({ disposition: 'joined', runId: open.runId });
    expect(await joinsOf(open)).toBe(1);
  });

  test('that asks for nothing beyond what the run pursues becomes no signal, and gets the run’s result', async () => {
    const connectionId = anId();
    const open = await rig.refreshes.refresh({ connectionId, giveUpAfter: '2h' });
    await whenCalled(connectionId);
    const served = await rig.refreshes.refresh({ connectionId, products: ['OWNERS'], giveUpAfter: '2h' });
    expect(served).toMatchObject({ disposition: 'joined', runId: open.runId });
    expect(await joinsOf(open)).toBe(0);
    await bringData(connectionId);
    expect(await served.result({ timeoutMs: 20_000 })).toMatchObject({ outcome: 'refreshed' });
  });

  test('loses no request while runs close all the time', async () => {
    const connectionId = anId('quick');
    // A join that names products has one thing more to wait for than one that does not: that the run knows them.
    const lane = async (products?: readonly Product[]): Promise<RefreshHandle[]> => {
      const handles: RefreshHandle[] = [];
      for (let round = 0; round < 25; round += 1) {
        const freshSince = new Date().toISOString();
        const named = products && { products: [...products] };
        const handle = await rig.refreshes.refresh({ connectionId, freshSince, ...named });
        const result = await handle.result({ timeoutMs: 30_000 });
        // Only a run that has taken this request in answers for its instant.
        expect(Date.parse(result.freshSince)).toBeGreaterThanOrEqual(Date.parse(freshSince));
        expect(result.outcome).toBe('already_fresh');
        handles.push(handle);
      }
      return handles;
    };
    const handles = (
      await Promise.all(Array.from({ length: 8 }, (_, of) => lane(of < 4 ? undefined : ['BALANCES'])))
    ).flat();

    expect(handles).toHaveLength(200);
    const joined = handles.filter(({ disposition }) => disposition === 'joined');
    const started = handles.filter(({ disposition }) => disposition === 'started');
    expect(joined.length).toBeGreaterThan(0);
    expect(new Set(started.map(({ runId }) => runId)).size).toBe(started.length);
    expect(new Set(handles.map(({ runId }) => runId)).size).toBe(started.length);
  }, 120_000);

  test('hands the open run every wish that it can still take in', async () => {
    const connectionId = anId();
    const nowMs = Date.now();
    const { runId } = await rig.refreshes.refresh({ connectionId });
    await rig.refreshClient({ now: () => nowMs, policy: { maxCharges: 1 } }).refresh({
      connectionId,
      customerId: 'c-1',
      products: ['OWNERS'],
      maxAge: '1m',
      giveUpAfter: '2h',
      onRateLimit: 'return',
      onRepair: 'wait',
      maxCharges: 3,
    });
    // Temporal keeps a signal out of the history as long as a workflow task is under way.
    const payload = await until('the signal is in the history', async () => {
      const { events } = await rig.temporal.workflow
        .getHandle(`refresh-connection-${connectionId}`, runId)
        .fetchHistory();
      return (
        events?.flatMap(
          (event) => event.workflowExecutionSignaledEventAttributes?.input?.payloads ?? [],
        )[0] ?? null
      );
    });
    expect(JSON.parse(Buffer.from(payload.data ?? []).toString())).toEqual({
      joinId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      requestedAt: new Date(nowMs).toISOString(),
      products: ['OWNERS'],
      maxAge: '1m',
      giveUpAfter: '2h',
      onRateLimit: 'return',
      onRepair: 'wait',
      maxCharges: 3,
    });
  });

  test('joins the run that another caller started between the read and the start', async () => {
    const connectionId = anId();
    let other: RefreshHandle | undefined;
    const late = rig.intercepted({
      startWithDetails: async (input, next) => {
        other ??= await rig.refreshes.refresh({ connectionId });
        return next(input);
      },
    });
    expect(await late.refresh({ connectionId })).toMatchObject({
      disposition: 'joined',
      runId: other?.runId,
    });
  });

  test('starts its own run when the open one ends between the read and the signal', async () => {
    const connectionId = anId();
    const open = await rig.refreshes.refresh({ connectionId });
    const late = rig.intercepted({
      signal: async (input, next) => {
        await bringData(connectionId);
        await open.result();
        return next(input);
      },
    });
    const own = await late.refresh(somethingNew(connectionId));
    expect(own.disposition).toBe('started');
    expect(own.runId).not.toBe(open.runId);
  });

  test('never signals a later run than the one it has read', async () => {
    const connectionId = anId();
    const open = await rig.refreshes.refresh({ connectionId });
    let next: RefreshHandle | undefined;
    const signaled: unknown[] = [];
    const late = rig.intercepted({
      signal: async (input, proceed) => {
        if (next === undefined) {
          await bringData(connectionId);
          await open.result();
          next = await rig.refreshes.refresh({ connectionId });
        }
        signaled.push(input.workflowExecution.runId);
        return proceed(input);
      },
    });
    expect(await late.refresh(somethingNew(connectionId))).toMatchObject({
      disposition: 'joined',
      runId: next?.runId,
    });
    expect(signaled).toEqual([open.runId, next?.runId]);
  });

  test.each(['before', 'after'] as const)(
    'gets a new run when the open one is canceled just %s the signal',
    async (when) => {
      const connectionId = anId();
      const open = await rig.refreshes.refresh({ connectionId });
      await whenCalled(connectionId);
      const late = rig.intercepted({
        signal: async (input, next) => {
          if (when === 'before') await open.cancel();
          await next(input);
          if (when === 'after') await open.cancel();
        },
      });
      const own = await late.refresh(somethingNew(connectionId));
      expect(own.disposition).toBe('started');
      await expect(open.result()).rejects.toBeInstanceOf(RefreshCanceledError);
      await bringData(connectionId);
      // By the call of the canceled one, for which the new one has waited.
      expect(await own.result({ timeoutMs: 20_000 })).toMatchObject({ outcome: 'already_fresh' });
    },
  );

  test('says so when the open run is being canceled and no worker lets it end', async () => {
    const connectionId = anId();
    const refreshes = rig.refreshClient({ taskQueue: 'nobody-works-here' });
    const open = await refreshes.refresh({ connectionId });
    await open.cancel();
    await expect(refreshes.refresh({ connectionId })).rejects.toBeInstanceOf(RefreshContendedError);
  });

  test('a cancel after the join reaches the joiner as that', async () => {
    const connectionId = anId();
    await rig.refreshes.refresh({ connectionId });
    const joined = await rig.refreshes.refresh({ connectionId });
    const waiting = joined.result({ timeoutMs: 20_000 });
    expect(await rig.refreshes.cancel(connectionId)).toBe('requested');
    await expect(waiting).rejects.toBeInstanceOf(RefreshCanceledError);
  });
});

describe('an idempotency key', () => {
  const keyed = (connectionId: string): RefreshRequest => ({ connectionId, idempotencyKey: 'transfer-1' });

  test('gets the run of its first use, open or ended, and never a second call', async () => {
    const connectionId = anId();
    const first = await rig.refreshes.refresh(keyed(connectionId));
    await whenCalled(connectionId);
    const again = await rig.refreshes.refresh(keyed(connectionId));
    expect(again).toMatchObject({ disposition: 'joined', runId: first.runId });
    expect(await joinsOf(first)).toBe(0);
    await bringData(connectionId);
    const result = await first.result({ timeoutMs: 20_000 });

    const late = await rig.refreshClient().refresh(keyed(connectionId));
    expect(late.runId).toBe(first.runId);
    expect(await late.result({ timeoutMs: 20_000 })).toEqual(result);

    // A later run passes the memory on, and from it the key still leads to the first.
    const next = await rig.refreshes.refresh(somethingNew(connectionId));
    expect(next.runId).not.toBe(first.runId);
    expect((await rig.refreshes.refresh(keyed(connectionId))).runId).toBe(first.runId);
    expect((await rig.refreshes.refresh({ ...keyed(connectionId) })).runId).toBe(first.runId);
    expect(rig.calls.get(connectionId)).toBeLessThanOrEqual(2);
  });

  test('of a join is remembered, too', async () => {
    const connectionId = anId();
    const open = await rig.refreshes.refresh({ connectionId });
    await whenCalled(connectionId);
    const [joined] = await Promise.all([
      rig.refreshes.refresh(keyed(connectionId)),
      rig.refreshes.refresh(keyed(connectionId)),
    ]);
    await bringData(connectionId);
    await joined.result({ timeoutMs: 20_000 });
    expect((await rig.refreshes.refresh(keyed(connectionId))).runId).toBe(open.runId);
    expect(rig.calls.get(connectionId)).toBe(1);
  });

  test('is known before any worker has taken the run up, and together with it the window and the last call', async () => {
    const connectionId = anId();
    const refreshes = rig.refreshClient({ taskQueue: 'nobody-works-here' });
    const notBefore = new Date(Date.now() + 3_600_000).toISOString();
    const lastCall = { sentAt: new Date().toISOString(), products: null, aggregatedBefore: null };
    const first = await refreshes.refresh({ ...keyed(connectionId), notBefore, lastCall });
    expect((await refreshes.refresh(keyed(connectionId))).runId).toBe(first.runId);
    await rig.temporal.workflow.getHandle(`refresh-connection-${connectionId}`).terminate();

    expect((await refreshes.refresh(keyed(connectionId))).runId).toBe(first.runId);
    const next = await refreshes.refresh({ connectionId });
    const { events } = await rig.temporal.workflow
      .getHandle(`refresh-connection-${connectionId}`, next.runId)
      .fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(JSON.parse(Buffer.from(payload?.data ?? []).toString())).toMatchObject({
      notBefore,
      lastCall,
      idempotencyKeys: [{ key: 'transfer-1', runId: first.runId }],
    });
    await next.cancel();
  });

  test('with another request is refused, and changes nothing', async () => {
    const connectionId = anId();
    const open = await rig.refreshes.refresh(keyed(connectionId));
    const error = await rig.refreshes
      .refresh({ ...keyed(connectionId), products: ['OWNERS'] })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IdempotencyConflictError);
    expect(error).toMatchObject({ code: 'idempotency_conflict', idempotencyKey: 'transfer-1' });
    expect(await joinsOf(open)).toBe(0);
  });
});

test('data from after the end of the request is refused, whether a run is open or not', async () => {
  const connectionId = anId();
  const request: RefreshRequest = { connectionId, freshSince: '2099-01-01T00:00:00Z', giveUpAfter: '1h' };
  await expect(rig.refreshes.refresh(request)).rejects.toBeInstanceOf(InvalidRequestError);
  const open = await rig.refreshes.refresh({ connectionId });
  await whenCalled(connectionId);
  await expect(rig.refreshes.refresh(request)).rejects.toBeInstanceOf(InvalidRequestError);
  expect(await joinsOf(open)).toBe(0);
  await open.cancel();
});

const aCustomerConnection = (id: string) => ({
  id,
  status: 'ACTIVE',
  statusReason: null,
  activeDuplicateConnectionId: null,
});

describe('many', () => {
  test('refreshes each connection of a customer once, and reports the one that fails beside the others', async () => {
    const customerId = anId('customer');
    const ids = [anId('quick'), 'not/an/id', ...Array.from({ length: 20 }, () => anId('quick'))];
    const open = await rig.refreshes.refresh({ connectionId: anId() });
    const dispositions = await rig.refreshes.refreshCustomer(customerId, {}, (asked) => {
      expect(asked).toBe(customerId);
      return Promise.resolve([...ids, open.connectionId, ...ids].map((id) => aCustomerConnection(id)));
    });
    expect(dispositions.map(({ connectionId }) => connectionId)).toEqual([...ids, open.connectionId]);
    expect(dispositions[1]).toMatchObject({ disposition: 'failed', error: { code: 'invalid_request' } });
    expect(dispositions.filter(({ disposition }) => disposition === 'started')).toHaveLength(21);
    expect(dispositions.at(-1)).toMatchObject({ disposition: 'joined', runId: open.runId });
    await expect(
      rig.refreshes.refreshCustomer(customerId, { maxCharges: 0 }, () => Promise.resolve([])),
    ).rejects.toBeInstanceOf(InvalidRequestError);
  });

  test('lists them by state, outcome, customer and provider, in pages', async () => {
    const customerId = anId('customer');
    const ended = await Promise.all(
      Array.from({ length: 5 }, () => rig.refreshes.refresh({ connectionId: anId('quick'), customerId })),
    );
    await Promise.all(ended.map((one) => one.result()));
    const running = await rig.refreshes.refresh({ connectionId: anId(), customerId });
    await whenCalled(running.connectionId);
    const all = async (filter: Parameters<RefreshClient['list']>[0]): Promise<RefreshDescription[]> => {
      const found: RefreshDescription[] = [];
      for await (const one of rig.refreshes.list({ customerId, ...filter }, { pageSize: 2 })) found.push(one);
      return found;
    };
    // Visibility trails the runs.
    await eventually(
      () =>
        Promise.all([
          all({ state: 'ended' }),
          all({ provider: "O'Brien & Söhne" }),
          all({ state: 'running' }),
        ]),
      ([ends, provided, [open]]) => ends.length === 5 && provided.length === 6 && Boolean(open?.progress),
    );

    expect(new Set((await all({ outcome: 'already_fresh' })).map(({ runId }) => runId))).toEqual(
      new Set(ended.map(({ runId }) => runId)),
    );
    expect(await all({ state: 'running' })).toMatchObject([
      { runId: running.runId, customerId, provider: "O'Brien & Söhne", progress: { calls: 1 } },
    ]);
    expect(await all({ state: 'failed' })).toEqual([]);
    expect(await all({ provider: "x' OR WorkflowType = 'refreshConnection' OR 'a' = 'a" })).toEqual([]);

    const page = await rig.refreshes.listPage({ customerId, state: 'ended' }, { pageSize: 3 });
    expect(page.refreshes).toHaveLength(3);
    const { nextPageToken = '' } = page;
    const rest = await rig.refreshes.listPage(
      { customerId, state: 'ended' },
      { pageSize: 3, pageToken: nextPageToken },
    );
    expect(rest.refreshes).toHaveLength(2);
    for (const [filter, pageToken] of [
      [{ customerId }, nextPageToken],
      [{ customerId, state: 'ended' }, nextPageToken.slice(0, -4)],
      [{ customerId, state: 'ended' }, ''],
    ] as const) {
      await expect(rig.refreshes.listPage(filter, { pageToken })).rejects.toBeInstanceOf(InvalidRequestError);
    }
  });
});

describe('a Temporal that is not there', () => {
  const operations: readonly (readonly [string, (refreshes: RefreshClient) => Promise<unknown>])[] = [
    ['refresh', (refreshes) => refreshes.refresh({ connectionId: 'c' })],
    ['latest', (refreshes) => refreshes.latest('c')],
    ['wait', (refreshes) => refreshes.wait('c', { timeoutMs: 60_000 })],
    ['result', (refreshes) => refreshes.result('c', { runId: randomUUID() })],
    ['cancel', (refreshes) => refreshes.cancel('c')],
    ['list', (refreshes) => refreshes.listPage()],
    [
      'signal',
      (refreshes) =>
        refreshes.signal('c', { signal: 'accountsUpdated', payload: { eventId: 'e', occurredAt: '' } }),
    ],
  ];

  test.each(['refuses connections', 'accepts them and is silent'])(
    'is TemporalUnavailableError within the deadline: it %s',
    async (how) => {
      const sockets = new Set<{ destroy(): void }>();
      const server = createServer((socket) => sockets.add(socket));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      if (how === 'refuses connections') await new Promise((resolve) => server.close(resolve));
      const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
      // After a refused connection the SDK's own next try would come at 1.8 s.
      const refreshes = new RefreshClient({ client: new Client({ connection }), callTimeoutMs: 1_000 });
      await Promise.all(
        operations.map(async ([name, operate]) => {
          const startMs = Date.now();
          const error = await operate(refreshes).catch((thrown: unknown) => thrown);
          expect([name, error]).toEqual([name, expect.any(TemporalUnavailableError)]);
          expect(error).toMatchObject({ code: 'temporal_unavailable', cause: expect.any(Error) });
          expect(Date.now() - startMs).toBeLessThan(1_500);
        }),
      );
      await refreshes.drained();
      await connection.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  );

  test('is TemporalUnavailableError to who waits for a result when it dies meanwhile', async () => {
    const server = await startDevServer({ ui: 'off', logLevel: 'error' });
    const connection = await Connection.connect({ address: server.address });
    const client = new Client({ connection });
    const refreshes = new RefreshClient({ client, callTimeoutMs: 700 });
    // A server that has just come up may take longer for its first start than the short deadline leaves.
    const { runId } = await new RefreshClient({ client }).refresh({ connectionId: 'c' });
    const waiting = refreshes.result('c', { runId, timeoutMs: 2_000 });
    await server.kill();
    await expect(waiting).rejects.toBeInstanceOf(TemporalUnavailableError);
    await refreshes.drained();
    await connection.close();
  });

  test('and a namespace that is not there is TemporalRejectedError: asking again is no help', async () => {
    const client = new Client({ connection: rig.temporal.connection, namespace: 'nowhere' });
    const refreshes = new RefreshClient({ client });
    for (const [name, operate] of operations) {
      const error = await operate(refreshes).catch((thrown: unknown) => thrown);
      expect([name, error]).toEqual([name, expect.any(TemporalRejectedError)]);
    }
  });
});
