import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { createWorkers } from '../../../src/temporal/refresh-workers';
import type { Activities } from '../../../src/activities/activities';
import { createActivities } from '../../../src/activities/create-activities';
import { makeMeldClient } from '../../../src/meld/meld-client';
import type { Progress } from '../../../src/refresh/model/progress';
import type { RefreshRequest } from '../../../src/refresh/model/request';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator';
import type { refreshConnection } from '../../../src/workflows/refresh-connection';
import { refreshWorkflowId, searchAttributes } from '../../../src/workflows/messages';
import { resolveTestServer } from '../../support/test-server';
import { workflowBundle } from '../../support/workflow-bundle';

export type Handle = WorkflowHandleWithFirstExecutionRunId<typeof refreshConnection>;

/** The real workflow and activities, a Meld whose clock is the server's, and hours that pass in no time. */
export interface SkippingTime {
  readonly env: TestWorkflowEnvironment;
  readonly simulator: Simulator;
  start(request: RefreshRequest): Promise<Handle>;
  /** How often the connection was read. */
  reads(connectionId: string): number;
  /** Brings Meld's clock up to the server's, which skips ahead between exchanges. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

const { IndexedValueType } = temporal.api.enums.v1;

Runtime.install({ logger: new DefaultLogger('ERROR') });

/**
 * @param overrides activities that stand in for the real ones
 * @param carriesOut whether the worker takes activities as well, or all but charged calls; what it does not, the test may
 */
export async function skipTime(
  overrides: Partial<Activities> = {},
  carriesOut: 'everything' | 'all but calls' | 'workflows' = 'everything',
): Promise<SkippingTime> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: await resolveTestServer() } },
  });
  await registerSearchAttributes(env);
  let nowMs = await env.currentTimeMs();
  const simulator = await startSimulator({ now: () => nowMs });
  const meld = makeMeldClient({ baseUrl: simulator.url, apiKey: simulator.apiKey, now: () => nowMs });
  const tick = async (): Promise<void> => {
    nowMs = await env.currentTimeMs();
  };
  const reads = new Map<string, number>();
  const count = (connectionId: string): void => {
    reads.set(connectionId, (reads.get(connectionId) ?? 0) + 1);
  };
  const activities = onServerTime(
    { ...createActivities({ meld, now: () => nowMs }), ...overrides },
    tick,
    count,
  );
  const options = {
    connection: env.nativeConnection,
    taskQueue: 'meld-refresh',
    workflowBundle: await workflowBundle(),
    activities,
  };
  const worker =
    carriesOut === 'everything'
      ? await createWorkers(options)
      : await Worker.create({ ...options, enableNonLocalActivities: carriesOut === 'all but calls' });
  const running = worker.run();
  return {
    env,
    simulator,
    tick,
    reads: (connectionId) => reads.get(connectionId) ?? 0,
    start: (request) =>
      env.client.workflow.start<typeof refreshConnection>('refreshConnection', {
        taskQueue: 'meld-refresh',
        workflowId: refreshWorkflowId(request.connectionId),
        args: [request],
      }),
    async close() {
      worker.shutdown();
      await running;
      await meld.close();
      await simulator.close();
      await env.teardown();
    },
  };
}

async function registerSearchAttributes({ connection, namespace }: TestWorkflowEnvironment): Promise<void> {
  const types = Object.values(searchAttributes).map(({ name, type }) => [
    name,
    type === 'DATETIME'
      ? IndexedValueType.INDEXED_VALUE_TYPE_DATETIME
      : IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  ]);
  await connection.operatorService.addSearchAttributes({
    namespace: namespace ?? 'default',
    searchAttributes: Object.fromEntries(types),
  });
}

/** Meld's clock must be the server's before each exchange: between two, hours may have been skipped. */
function onServerTime(
  activities: Activities,
  tick: () => Promise<void>,
  count: (connectionId: string) => void,
): Activities {
  return {
    ...activities,
    readConnection: async (input) => {
      count(input.connectionId);
      await tick();
      return activities.readConnection(input);
    },
    requestRefresh: async (input) => {
      await tick();
      return activities.requestRefresh(input);
    },
  };
}

/** What the memo of a run tells. */
export async function progressOf(handle: Handle): Promise<Progress | undefined> {
  return (await handle.describe()).memo?.['progress'] as Progress | undefined;
}

/** Waits for something to become true, asking every 20 ms, 20 s at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`did not come true within 20 s: ${condition.toString()}`);
    await pause(20);
  }
}
