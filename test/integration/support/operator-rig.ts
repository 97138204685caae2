import { Client, Connection, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { temporal as proto } from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createWorkers } from '../../../src/temporal/refresh-workers';
import type { Activities } from '../../../src/activities/activities';
import { createActivities } from '../../../src/activities/create-activities';
import { RefreshClient, type RefreshClientOptions, type RefreshHandle } from '../../../src/client';
import { registerSearchAttributes } from '../../../src/temporal/register-search-attributes';
import { startDevServer } from '../../../src/dev/temporal-server/dev-server';
import type { CallAnswer, Connection as MeldConnection } from '../../../src/refresh/model/connection';
import { refreshWorkflowId } from '../../../src/refresh/model/connection-id';
import type { OutcomeNotice, RefreshResult } from '../../../src/refresh/model/outcome';
import type { RefreshRequest } from '../../../src/refresh/model/request';
import { deliveryWorkflowId } from '../../../src/workflows/messages';
import type { refreshConnection } from '../../../src/workflows/refresh-connection';
import { PATIENT_ISOLATE } from '../../../src/temporal/worker-options';
import { workflowBundle } from '../../support/workflow-bundle';
import { until } from './until';

type IHistoryEvent = proto.api.history.v1.IHistoryEvent;
type Handle = WorkflowHandleWithFirstExecutionRunId<typeof refreshConnection>;

const TASK_QUEUE = 'meld-refresh';
const UNATTENDED = 'calls-unattended';
const ACCEPTED: CallAnswer = { answer: 'accepted', httpStatus: 200, requestId: 'req-1' };
const { EventType, WorkflowTaskFailedCause } = proto.api.enums.v1;
/** Something arrived while the task was closing the run, or an operator reset it: neither is a failure of the code. */
const UNHANDLED_COMMAND = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND;
const RESET_WORKFLOW = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW;

/** A real server and the real workflow and activities, with a Meld that does as the test says. */
export interface OperatorRig {
  start(id: string, request?: Partial<RefreshRequest>): Promise<Handle>;
  /** The same where no worker takes charged calls. */
  startUnattended(id: string): Promise<Handle>;
  /** As a client that has that memory of the runs before. */
  startWithMemory(id: string, memory: object): Promise<Handle>;
  /** As a backend asks: through the client, which knows what the latest run left behind. */
  refresh(
    id: string,
    request?: Partial<RefreshRequest>,
    options?: Partial<RefreshClientOptions>,
  ): Promise<RefreshHandle>;
  latest: RefreshClient['latest'];
  describe: RefreshClient['describe'];
  cancel: RefreshClient['cancel'];
  /** From now on the connection reads so. */
  reads(id: string, as: Partial<MeldConnection>): void;
  /** Reads of the connection are answered 429 and an hour until the returned function is called. */
  limitReads(id: string): () => void;
  /** Temporal tells no run of the calls of others until the returned function is called. */
  hideRuns(): () => void;
  /** Resolves with the result of a run under a workflow id of its own. */
  startAs(workflowId: string, connectionId: string): Promise<unknown>;
  handle(id: string): ReturnType<Client['workflow']['getHandle']>;
  /** As a client that encodes otherwise. */
  signalAs(encoding: string, id: string, signalName: string): Promise<void>;
  history(id: string): Promise<readonly IHistoryEvent[]>;
  /** Replays its latest run, as a worker does that has lost its cache. Rejects where the code does otherwise than recorded. */
  replay(id: string): Promise<void>;
  failedTasks(history: readonly IHistoryEvent[]): readonly IHistoryEvent[];
  /** Resets the latest run, or that one, to its n-th event of that type, from 0, or from the end by -1. */
  reset(id: string, to: proto.api.enums.v1.EventType, nth?: number, runId?: string): Promise<void>;
  pauseAndUnpause(id: string): Promise<void>;
  /** Completes what the run, or the delivery of its outcome, is doing. */
  completeByHand(id: string, result: unknown, what?: 'refresh' | 'delivery'): Promise<void>;
  /** Fails what the run is doing, for good, as `temporal activity fail` does. */
  failByHand(id: string): Promise<void>;
  /** Completes the call under way as canceled. */
  cancelCallByHand(id: string): Promise<void>;
  /** Pauses the call under way, fails it by hand, and puts it back into its queue as if it were new. */
  failAndQueueAgain(id: string): Promise<void>;
  /** No read of the connection ends by itself until the returned function is called. */
  holdReads(id: string): () => void;
  /** Nor is a run that was reset told of the calls of others. */
  holdEarlierCalls(firstRunId: string): () => void;
  /** Nor does a delivery of its outcome begin. */
  holdOutcome(id: string): () => void;
  /** The receiver takes nothing of this connection, or this run, until the returned function is called. */
  refuseOutcome(connectionOrRunId: string): () => void;
  /** Resolves once it has refused something of that. */
  refused(connectionOrRunId: string): Promise<unknown>;
  /** As retention does it. */
  remove(id: string): Promise<void>;
  /** The delivery of the outcome of the connection's only run. */
  delivery(id: string): Promise<ReturnType<Client['workflow']['getHandle']>>;
  /** Meld answers this connection's calls when the returned function is called. */
  holdAnswer(id: string): () => void;
  /** The worker's clock is that much later when the call leaves, and the data has arrived meanwhile. */
  standStillBeforeCall(id: string, ms: number): void;
  withoutWorker(work: () => Promise<void>): Promise<void>;
  posts(id: string): number;
  /** What each call asked for. */
  products(id: string): readonly unknown[];
  delivered(id: string): readonly OutcomeNotice[];
  close(): Promise<void>;
}

export async function startOperatorRig(): Promise<OperatorRig> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const server = await startDevServer({
    ui: 'off',
    logLevel: 'error',
    extraArgs: ['--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true'],
  });
  const { address } = server;
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  await registerSearchAttributes(connection, 'default');
  const posted = new Map<string, unknown[]>();
  const held = new Map<string, Promise<void>>();
  const heldReads = new Map<string, Promise<void>>();
  const heldEarlierCalls = new Map<string, Promise<void>>();
  const heldOutcomes = new Map<string, Promise<void>>();
  const stalled = new Map<string, number>();
  const fresh = new Set<string>();
  const refusing = new Set<string>();
  const limited = new Set<string>();
  const readAs = new Map<string, Partial<MeldConnection>>();
  const notices: OutcomeNotice[] = [];
  const refused: OutcomeNotice[] = [];
  const releases: (() => void)[] = [];
  let lateMs = 0;
  let areHidden = false;

  const read = (id: string): MeldConnection => ({
    id,
    status: 'ACTIVE',
    statusReason: null,
    serviceProvider: 'PLAID',
    institutionName: 'First Example Bank',
    customerId: null,
    products: ['BALANCES', 'TRANSACTIONS'],
    optionalProducts: [],
    successfullyAggregatedAt: fresh.has(id) ? new Date().toISOString() : '2026-01-01T00:00:00Z',
    ...readAs.get(id),
  });
  const real = createActivities({
    meld: {
      getConnection: async (id) => {
        await heldReads.get(id);
        if (limited.has(id)) {
          return { reply: 'rate_limited', httpStatus: 429, requestId: null, retryAfterMs: 3_600_000 };
        }
        return { reply: 'ok', value: read(id) };
      },
      refresh: async ({ connectionId, products }) => {
        posted.set(connectionId, [...(posted.get(connectionId) ?? []), products ?? null]);
        await held.get(connectionId);
        return ACCEPTED;
      },
    },
    now: () => Date.now() + lateMs,
  });
  const activities: Activities = {
    ...real,
    requestRefresh: async (input) => {
      const ms = stalled.get(input.connectionId) ?? 0;
      stalled.delete(input.connectionId);
      if (ms > 0) fresh.add(input.connectionId);
      lateMs = ms;
      try {
        return await real.requestRefresh(input);
      } finally {
        lateMs = 0;
      }
    },
    readEarlierCalls: async (run) => {
      await heldEarlierCalls.get(run.firstRunId);
      if (areHidden) throw new Error('visibility is away');
      return real.readEarlierCalls(run);
    },
    readOutcome: async (delivery) => {
      await heldOutcomes.get(delivery.workflowId);
      return real.readOutcome(delivery);
    },
    deliverOutcome: (notice) => {
      if (![notice.runId, notice.result.connectionId].some((key) => refusing.has(key))) {
        notices.push(notice);
        return Promise.resolve();
      }
      refused.push(notice);
      return Promise.reject(ApplicationFailure.create({ message: 'receiver down', nextRetryDelay: 200 }));
    },
  };
  const startWorker = async (): Promise<() => Promise<void>> => {
    const worker = await createWorkers({
      connection: native,
      taskQueue: TASK_QUEUE,
      workflowBundle: await workflowBundle(),
      activities,
      ...PATIENT_ISOLATE,
    });
    const stopped = worker.run();
    return async () => {
      worker.shutdown();
      await stopped;
    };
  };
  let stopWorker = await startWorker();
  const unattended = await Worker.create({
    connection: native,
    taskQueue: UNATTENDED,
    workflowBundle: await workflowBundle(),
    activities,
  });
  const unattendedStopped = unattended.run();

  const handle = (id: string, runId?: string) => client.workflow.getHandle(refreshWorkflowId(id), runId);
  const history = async (id: string, runId?: string): Promise<readonly IHistoryEvent[]> =>
    (await handle(id, runId).fetchHistory()).events ?? [];
  const startOn = (taskQueue: string, id: string, request: Partial<RefreshRequest> = {}): Promise<Handle> =>
    client.workflow.start<typeof refreshConnection>('refreshConnection', {
      taskQueue,
      workflowId: refreshWorkflowId(id),
      args: [{ connectionId: id, ...request }],
    });
  const underWay = async (run: ReturnType<Client['workflow']['getHandle']>) => {
    const { raw } = await run.describe();
    return { workflowId: run.workflowId, activityId: raw.pendingActivities?.[0]?.activityId ?? '' };
  };
  const refreshClient = (options: Partial<RefreshClientOptions> = {}) =>
    new RefreshClient({ client, policy: { settle: '500ms' }, ...options });
  const hold = (what: Map<string, Promise<void>>, id: string): (() => void) => {
    let release: () => void = () => undefined;
    what.set(id, new Promise((resolve) => (release = resolve)));
    releases.push(release);
    return release;
  };
  const delivery = async (id: string) => {
    const { firstRunId } = (await handle(id).describe()).raw.workflowExecutionInfo ?? {};
    const { finishedAt } = (await handle(id).result()) as RefreshResult;
    return client.workflow.getHandle(deliveryWorkflowId(id, firstRunId ?? '', finishedAt));
  };
  return {
    start: (id, request = {}) => startOn(TASK_QUEUE, id, request),
    startUnattended: (id) => startOn(UNATTENDED, id),
    refresh: (connectionId, request = {}, options = {}) =>
      refreshClient(options).refresh({ connectionId, ...request }),
    latest: (connectionId) => refreshClient().latest(connectionId),
    describe: (connectionId, runId) => refreshClient().describe(connectionId, runId),
    cancel: (connectionId) => refreshClient().cancel(connectionId),
    reads: (id, as) => void readAs.set(id, as),
    limitReads: (id) => {
      limited.add(id);
      return () => void limited.delete(id);
    },
    hideRuns: () => {
      areHidden = true;
      return () => void (areHidden = false);
    },
    startWithMemory: (id, memory) =>
      client.workflow.start<typeof refreshConnection>('refreshConnection', {
        taskQueue: TASK_QUEUE,
        workflowId: refreshWorkflowId(id),
        args: [{ connectionId: id }],
        memo: { memory },
      }),
    startAs: (workflowId, connectionId) =>
      client.workflow.execute<typeof refreshConnection>('refreshConnection', {
        taskQueue: TASK_QUEUE,
        workflowId,
        args: [{ connectionId }],
      }),
    handle,
    signalAs: async (encoding, id, signalName) => {
      const payload = { metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from('{') };
      await client.workflowService.signalWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: refreshWorkflowId(id) },
        signalName,
        input: { payloads: [payload] },
      });
    },
    history,
    replay: async (id) => {
      const options = { workflowBundle: await workflowBundle(), ...PATIENT_ISOLATE };
      await Worker.runReplayHistory(options, await handle(id).fetchHistory(), refreshWorkflowId(id));
    },
    failedTasks: (events) =>
      events.filter(
        ({ eventType, workflowTaskFailedEventAttributes: failed }) =>
          eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED &&
          failed?.cause !== UNHANDLED_COMMAND &&
          failed?.cause !== RESET_WORKFLOW,
      ),
    reset: async (id, to, nth = 0, runId) => {
      const events = (await history(id, runId)).filter(({ eventType }) => eventType === to);
      const event = events.at(nth);
      await client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: refreshWorkflowId(id), runId: runId ?? null },
        workflowTaskFinishEventId: event?.eventId ?? null,
        reason: 'an operator did so',
        requestId: `${id}-${Date.now()}`,
      });
    },
    pauseAndUnpause: async (id) => {
      const run = { namespace: 'default', workflowId: refreshWorkflowId(id), identity: 'an operator' };
      await client.workflowService.pauseWorkflowExecution({ ...run, requestId: `${id}-pause` });
      await client.workflowService.unpauseWorkflowExecution({ ...run, requestId: `${id}-unpause` });
    },
    completeByHand: async (id, result, what = 'refresh') => {
      await client.activity.complete(
        await underWay(what === 'refresh' ? handle(id) : await delivery(id)),
        result,
      );
    },
    failByHand: async (id) => {
      const failure = ApplicationFailure.nonRetryable('failed by hand');
      await client.activity.fail(await underWay(handle(id)), failure);
    },
    cancelCallByHand: async (id) => {
      await client.activity.reportCancellation(await underWay(handle(id)));
    },
    failAndQueueAgain: async (id) => {
      const it = await underWay(handle(id));
      const call = {
        namespace: 'default',
        execution: { workflowId: it.workflowId },
        id: it.activityId,
        identity: 'an operator',
      };
      await client.workflowService.pauseActivity(call);
      await client.activity.fail(it, new Error('failed by hand'));
      await client.workflowService.unpauseActivity({ ...call, resetAttempts: true });
    },
    holdReads: (id) => hold(heldReads, id),
    holdEarlierCalls: (firstRunId) => hold(heldEarlierCalls, firstRunId),
    holdOutcome: (id) => hold(heldOutcomes, refreshWorkflowId(id)),
    refuseOutcome: (id) => {
      refusing.add(id);
      return () => void refusing.delete(id);
    },
    remove: async (id) => {
      const { workflowId } = handle(id);
      await client.workflowService.deleteWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId },
      });
    },
    delivery,
    holdAnswer: (id) => hold(held, id),
    standStillBeforeCall: (id, ms) => void stalled.set(id, ms),
    withoutWorker: async (work) => {
      // A worker does not stop before the calls that it carries out have ended.
      for (const release of releases) release();
      await stopWorker();
      await work();
      stopWorker = await startWorker();
    },
    posts: (id) => posted.get(id)?.length ?? 0,
    products: (id) => posted.get(id) ?? [],
    refused: (key) =>
      until(
        'the receiver refuses the outcome',
        () => refused.find(({ runId, result }) => [runId, result.connectionId].includes(key)) ?? null,
      ),
    delivered: (id) => notices.filter(({ result }) => result.connectionId === id),
    close: async () => {
      for (const release of releases) release();
      await stopWorker();
      unattended.shutdown();
      await unattendedStopped;
      await connection.close();
      await native.close();
      await server.stop();
    },
  };
}
