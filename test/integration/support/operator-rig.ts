import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { temporal as proto } from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createWorkers } from '../../../src/temporal/refresh-workers';
import type { Activities } from '../../../src/activities/activities';
import { createActivities } from '../../../src/activities/create-activities';
import { RefreshClient } from '../../../src/client';
import type { RefreshHandle } from '../../../src/client';
import { registerSearchAttributes } from '../../../src/temporal/register-search-attributes';
import { startDevServer } from '../../../src/dev/temporal-server/dev-server';
import type { CallAnswer, Connection as MeldConnection } from '../../../src/refresh/model/connection';
import { refreshWorkflowId } from '../../../src/refresh/model/connection-id';
import type { OutcomeNotice } from '../../../src/refresh/model/outcome';
import type { RefreshRequest } from '../../../src/refresh/model/request';
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
  /** As a backend asks: through the client, which knows what the latest run left behind. */
  refresh(id: string): Promise<RefreshHandle>;
  /** Resolves with the result of a run under a workflow id of its own. */
  startAs(workflowId: string, connectionId: string): Promise<unknown>;
  handle(id: string): ReturnType<Client['workflow']['getHandle']>;
  history(id: string): Promise<readonly IHistoryEvent[]>;
  failedTasks(history: readonly IHistoryEvent[]): readonly IHistoryEvent[];
  /** Resets the latest run, or that one, to its first event of that type, or its last. */
  reset(
    id: string,
    to: proto.api.enums.v1.EventType,
    which?: 'first' | 'last',
    runId?: string,
  ): Promise<void>;
  pauseAndUnpause(id: string): Promise<void>;
  completeByHand(id: string, result: unknown): Promise<void>;
  /** Completes the call under way as canceled. */
  cancelCallByHand(id: string): Promise<void>;
  /** Meld answers this connection's calls when the returned function is called. */
  holdAnswer(id: string): () => void;
  /** The worker's clock is that much later when the call leaves, and the data has arrived meanwhile. */
  standStillBeforeCall(id: string, ms: number): void;
  withoutWorker(work: () => Promise<void>): Promise<void>;
  posts(id: string): number;
  /** What each call asked for. */
  products(id: string): readonly unknown[];
  delivered(id: string): readonly OutcomeNotice[];
  /** The receiver takes nothing of this run until the returned function is called. */
  refuseOutcome(runId: string): () => void;
  /** Resolves once the receiver has refused something of the run. */
  refused(runId: string): Promise<unknown>;
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
  const stalled = new Map<string, number>();
  const fresh = new Set<string>();
  const notices: OutcomeNotice[] = [];
  const refused: OutcomeNotice[] = [];
  const refusedRuns = new Set<string>();
  const releases: (() => void)[] = [];
  let lateMs = 0;

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
  });
  const real = createActivities({
    meld: {
      getConnection: (id) => Promise.resolve({ reply: 'ok', value: read(id) }),
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
    deliverOutcome: (notice) => {
      (refusedRuns.has(notice.runId) ? refused : notices).push(notice);
      return refusedRuns.has(notice.runId)
        ? Promise.reject(ApplicationFailure.create({ message: 'receiver down', nextRetryDelay: 500 }))
        : Promise.resolve();
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
  const callUnderWay = async (id: string) => {
    const { raw } = await handle(id).describe();
    return { workflowId: refreshWorkflowId(id), activityId: raw.pendingActivities?.[0]?.activityId ?? '' };
  };
  const refreshes = new RefreshClient({ client, policy: { settle: '500ms' } });
  return {
    start: (id, request = {}) => startOn(TASK_QUEUE, id, request),
    startUnattended: (id) => startOn(UNATTENDED, id),
    refresh: (connectionId) => refreshes.refresh({ connectionId }),
    startAs: (workflowId, connectionId) =>
      client.workflow.execute<typeof refreshConnection>('refreshConnection', {
        taskQueue: TASK_QUEUE,
        workflowId,
        args: [{ connectionId }],
      }),
    handle,
    history,
    failedTasks: (events) =>
      events.filter(
        ({ eventType, workflowTaskFailedEventAttributes: failed }) =>
          eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED &&
          failed?.cause !== UNHANDLED_COMMAND &&
          failed?.cause !== RESET_WORKFLOW,
      ),
    reset: async (id, to, which = 'first', runId) => {
      const events = (await history(id, runId)).filter(({ eventType }) => eventType === to);
      const event = which === 'first' ? events[0] : events.at(-1);
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
    completeByHand: async (id, result) => {
      await client.activity.complete(await callUnderWay(id), result);
    },
    cancelCallByHand: async (id) => {
      await client.activity.reportCancellation(await callUnderWay(id));
    },
    holdAnswer: (id) => {
      let release: () => void = () => undefined;
      held.set(id, new Promise((resolve) => (release = resolve)));
      releases.push(release);
      return release;
    },
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
    refuseOutcome: (runId) => {
      refusedRuns.add(runId);
      return () => refusedRuns.delete(runId);
    },
    refused: (runId) =>
      until(
        'the receiver refuses the outcome',
        () => refused.find((notice) => notice.runId === runId) ?? null,
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
