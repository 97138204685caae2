import { Client, Connection, defaultPayloadConverter, type WorkflowStartOptions } from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time';
import { RefreshClient, RefreshStuckError } from '../../../../src/client';
import { startOrJoin } from '../../../../src/client/start/start-or-join';
import { recordKey } from '../../../../src/refresh/idempotency';
import { initialState } from '../../../../src/refresh/state';
import type { RefreshRequest } from '../../../../src/refresh/model/request';
import type { TemporalRpc } from '../../../../src/client/temporal-rpc';

const RUN_ID = '0198f3a6-5f0e-7c1d-9a55-0d1b3f6a2c77';

const FIRST_RUN_ID = '0198f3a6-0000-7c1d-9a55-0d1b3f6a2c77';
const RUN = { execution: { workflowId: 'refresh-connection-c-1', runId: RUN_ID }, status: 2 };

const connection = Connection.lazy();
afterAll(() => connection.close());

/** A server whose open run has that many attempts at its pending workflow task; it notes what else is asked of it. */
function aServer(attempt: number) {
  const client = new Client({ connection });
  const signals: unknown[] = [];
  const raw = {
    workflowExecutionInfo: { execution: { workflowId: 'refresh-connection-c-1', runId: RUN_ID }, status: 1 },
    pendingWorkflowTask: { attempt },
  };
  jest.spyOn(client.workflow, 'getHandle').mockReturnValue({
    describe: () => Promise.resolve({ raw }),
    signal: (...args: unknown[]) => Promise.resolve(signals.push(args)),
  } as never);
  const calls: Pick<TemporalRpc, 'client' | 'rpc'> = { client, rpc: (_operation, call) => call() };
  const deps = { calls: calls as TemporalRpc, taskQueue: 'meld-refresh', now: Date.now };
  return { signals, join: () => startOrJoin(deps, { connectionId: 'c-1' }) };
}

test('a run whose workflow task is at its fifth attempt swallows no more callers', async () => {
  const { signals, join } = aServer(5);
  const error = await join().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RefreshStuckError);
  expect(error).toMatchObject({ code: 'refresh_stuck', connectionId: 'c-1', runId: RUN_ID, attempts: 5 });
  expect(signals).toEqual([]);
});

test.each([0, 4])('one that has failed less often may get on by itself: attempt %s', async (attempt) => {
  const { signals, join } = aServer(attempt);
  expect(await join()).toMatchObject({ disposition: 'joined', runId: RUN_ID });
  expect(signals).toHaveLength(1);
});

test('what the latest run has read of the connection goes with the start, and what the request names comes first', async () => {
  const start = jest.fn(() => Promise.resolve({ firstExecutionRunId: RUN_ID }));
  const client = new Client({ connection });
  jest.spyOn(client.workflow, 'start').mockImplementation(start as never);
  const raw = {
    workflowExecutionInfo: {
      execution: { workflowId: 'refresh-connection-c-1', runId: RUN_ID },
      status: 2,
      searchAttributes: {
        indexedFields: {
          MeldProvider: defaultPayloadConverter.toPayload(['MX']),
          MeldCustomerId: defaultPayloadConverter.toPayload(['customer-1']),
        },
      },
    },
  };
  jest
    .spyOn(client.workflow, 'getHandle')
    .mockReturnValue({ describe: () => Promise.resolve({ raw }) } as never);
  const calls: Pick<TemporalRpc, 'client' | 'rpc'> = { client, rpc: (_operation, call) => call() };
  const deps = { calls: calls as TemporalRpc, taskQueue: 'meld-refresh', now: Date.now };
  const attributesOfStart = async (customerId?: string) => {
    await startOrJoin(deps, { connectionId: 'c-1', ...(customerId !== undefined && { customerId }) });
    const [, options] = start.mock.lastCall as unknown as [string, WorkflowStartOptions];
    const pairs = (options.typedSearchAttributes ?? []) as SearchAttributePair[];
    return Object.fromEntries(pairs.map(({ key, value }) => [key.name, value]));
  };
  const known = { MeldConnectionId: 'c-1', MeldCustomerId: 'customer-1', MeldProvider: 'MX' };
  expect(await attributesOfStart()).toEqual(known);
  expect(await attributesOfStart('customer-2')).toEqual({ ...known, MeldCustomerId: 'customer-2' });
});

test('a request with a key that a cancel overtook gets a run of its own, and so does every repetition', async () => {
  const request = { connectionId: 'c-1', idempotencyKey: 'key-1' };
  const now = Date.parse('2026-03-01T12:00:00Z');
  const execution = { workflowId: 'refresh-connection-c-1', runId: RUN_ID };
  const idempotencyKeys = recordKey(
    [],
    request,
    { terms: initialState(request, now).terms, requestedAtMs: now },
    now,
  );
  const memo = { fields: { progress: defaultPayloadConverter.toPayload({ idempotencyKeys }) } };
  const rounds = [
    { workflowExecutionInfo: { execution, status: 1 } },
    {
      workflowExecutionInfo: { execution, status: 1, memo },
      workflowExtendedInfo: { cancelRequested: true },
    },
    { workflowExecutionInfo: { execution, status: 4, memo } },
  ];
  const client = new Client({ connection });
  const start = jest.spyOn(client.workflow, 'start');
  start.mockResolvedValue({ firstExecutionRunId: 'another' } as never);
  jest.spyOn(client.workflow, 'getHandle').mockReturnValue({
    describe: () => Promise.resolve({ raw: rounds.shift() }),
    signal: () => Promise.resolve(),
  } as never);
  const calls: Pick<TemporalRpc, 'client' | 'rpc'> = { client, rpc: (_operation, call) => call() };
  const deps = { calls: calls as TemporalRpc, taskQueue: 'meld-refresh', now: () => now };

  expect(await startOrJoin(deps, request)).toMatchObject({ disposition: 'started', runId: 'another' });
  expect(start.mock.lastCall?.[1]).toMatchObject({
    args: [expect.not.objectContaining({ idempotencyKeys: expect.anything() })],
    memo: { memory: { idempotencyKeys: [{ key: 'key-1', runId: null }] } },
  });
});

test('a request that misspells an earlier call is refused before anything is asked of Temporal', async () => {
  const client = new Client({ connection });
  const describe = jest.spyOn(client.workflow, 'getHandle');
  describe.mockImplementation(() => {
    throw new Error('asked');
  });
  const lastCall = { sendAt: '2026-03-01T12:00:00Z', products: null, aggregatedBefore: null };
  const refreshes = new RefreshClient({ client });
  await expect(refreshes.refresh({ connectionId: 'c-1', lastCall: lastCall as never })).rejects.toMatchObject(
    {
      code: 'invalid_request',
      field: 'lastCall',
    },
  );
});

describe('while visibility is away', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  /** The latest run was made by a reset at that time. */
  const startAfterReset = async (madeAt: string, request: Partial<RefreshRequest> = {}) => {
    const client = new Client({ connection });
    const first = { ...RUN, firstRunId: FIRST_RUN_ID };
    const start = jest.spyOn(client.workflow, 'start');
    start.mockResolvedValue({ firstExecutionRunId: 'another' } as never);
    jest.spyOn(client.workflow, 'getHandle').mockReturnValue({
      describe: () =>
        Promise.resolve({
          raw: { workflowExecutionInfo: { ...first, startTime: msToTs(Date.parse(madeAt)) } },
        }),
    } as never);
    jest.spyOn(client.workflowService, 'listWorkflowExecutions').mockRejectedValue(new Error('away'));
    const calls: Pick<TemporalRpc, 'client' | 'rpc'> = { client, rpc: (_operation, call) => call() };
    const deps = { calls: calls as TemporalRpc, taskQueue: 'meld-refresh', now: () => now };
    return startOrJoin(deps, { connectionId: 'c-1', ...request });
  };

  test('a run starts after one that was reset longer ago than data of others may come', async () => {
    expect(await startAfterReset('2026-03-01T11:29:39Z')).toMatchObject({ disposition: 'started' });
  });

  test.each<[string, string, Partial<RefreshRequest>]>([
    ['they may still come', '2026-03-01T11:29:40Z', {}],
    ['they may be what it is content with', '2026-03-01T11:29:39Z', { maxAge: '5m' }],
    ['it is to wait for longer', '2026-03-01T11:29:39Z', { policy: { completionWait: '31m' } }],
    ['they may come before what it wants', '2026-03-01T11:29:40Z', { freshSince: '2026-03-01T13:00:00Z' }],
    ['another run may have its key', '2026-03-01T11:00:00Z', { idempotencyKey: 'daily' }],
  ])('none starts as long as %s', async (_why, madeAt, request) => {
    await expect(startAfterReset(madeAt, request)).rejects.toThrow('away');
  });
});

test('of a key that several runs have had, and that a reset run does not know, the latest use counts', async () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  const client = new Client({ connection });
  const request = { connectionId: 'c-1', idempotencyKey: 'daily' };
  const usedAt = (requestedAt: string) => {
    const state = initialState(request, Date.parse(requestedAt));
    return {
      idempotencyKeys: recordKey([], request, { ...state, requestedAtMs: Date.parse(requestedAt) }, now),
    };
  };
  const [older, newer] = [FIRST_RUN_ID.replace('0000', '0001'), FIRST_RUN_ID.replace('0000', '0002')];
  const memories: Readonly<Record<string, object>> = {
    [older]: usedAt('2026-02-28T13:00:00Z'),
    [newer]: usedAt('2026-03-01T11:00:00Z'),
  };
  jest.spyOn(client.workflow, 'getHandle').mockImplementation(((_id: string, runId = RUN_ID) => ({
    describe: () =>
      Promise.resolve({
        raw: {
          workflowExecutionInfo: {
            ...RUN,
            execution: { ...RUN.execution, runId },
            firstRunId: runId === RUN_ID ? FIRST_RUN_ID : runId,
            memo: { fields: { progress: defaultPayloadConverter.toPayload(memories[runId] ?? {}) } },
          },
        },
      }),
  })) as never);
  const executions = [RUN_ID, newer, older].map((runId) => ({ execution: { runId } }));
  jest.spyOn(client.workflowService, 'listWorkflowExecutions').mockResolvedValue({ executions } as never);
  const calls: Pick<TemporalRpc, 'client' | 'rpc'> = { client, rpc: (_operation, call) => call() };
  const deps = { calls: calls as TemporalRpc, taskQueue: 'meld-refresh', now: () => now };
  expect(await startOrJoin(deps, request)).toMatchObject({ disposition: 'joined', runId: newer });
});
