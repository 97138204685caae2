import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, type Connection, type WorkflowHandle } from '@temporalio/client';
import { temporal as api } from '@temporalio/proto';
import { processIo } from '../../src/cli/terminal/process-io';
import { runCli } from '../../src/cli/run-cli';
import { startSimulator, type Simulator } from '../../src/simulator/simulator';
import { inheritedEnv } from '../../src/dev/stack/child-environment';
import { startChild, type Child } from '../../src/dev/child-process';
import { connectClient } from '../../src/temporal/connect';
import { startDevServer, type DevServer } from '../../src/dev/temporal-server/dev-server';
import { resolveTemporalCli } from '../../src/dev/temporal-server/temporal-cli';
import {
  accountsUpdated,
  DEFAULT_TASK_QUEUE,
  PROGRESS_MEMO,
  REFRESH_CONNECTION,
  refreshWorkflowId,
  transactionsAggregated,
} from '../../src/workflows/messages';
import { OTHER_SUMMARY, SLEEP_FIRST, type Edit } from '../support/changed-bundle';
import { builtCopy } from './support/built-copy';
import { until } from './support/until';

jest.setTimeout(120_000);

const DEPLOY_PAGE = readFileSync(path.join(__dirname, '../../docs/deploy.md'), 'utf8');
const COMMANDS = [...DEPLOY_PAGE.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) =>
  text.replaceAll('\\\n', ''),
);

let temporal: DevServer;
let connection: Connection;
let client: Client;
let simulator: Simulator;
const closers: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  temporal = await startDevServer({ ui: 'off' });
  connection = await connectClient(temporal.target);
  client = new Client({ connection });
  simulator = await startSimulator();
});
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
  await connection.close();
  await temporal.stop();
  await simulator.close();
});

const HEEDED = api.api.enums.v1.RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_COMPLETED;

/** Runs the one command of the page that holds these words. */
async function run(words: string, builds: Readonly<Record<string, string>>): Promise<string> {
  const [command, ...others] = COMMANDS.filter((text) => text.includes(words));
  if (command === undefined || others.length > 0)
    throw new Error(`docs/deploy.md: no single command ${words}`);
  const folder = path.dirname(await resolveTemporalCli());
  const env = {
    ...inheritedEnv(process.env),
    ...builds,
    PATH: `${folder}${path.delimiter}${process.env['PATH']}`,
    TEMPORAL_ADDRESS: temporal.address,
  };
  return (await promisify(execFile)('sh', ['-c', command], { env, timeout: 30_000 })).stdout;
}

/** A build of its own, with a worker that Temporal knows. */
async function aBuild(
  buildId: string,
  edits: readonly Edit[] = [],
  extraEnv: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const { dist, remove } = await builtCopy(edits);
  closers.push(remove);
  const worker = await startChild({
    file: process.execPath,
    args: [path.join(dist, 'worker.js')],
    env: {
      ...inheritedEnv(process.env),
      MELD_API_KEY: simulator.apiKey,
      MELD_BASE_URL: simulator.url,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_WORKER_DEPLOYMENT_NAME: 'meld-refresh',
      TEMPORAL_WORKER_BUILD_ID: buildId,
      ...extraEnv,
    },
  });
  closers.unshift(() => worker.stop());
  await until(`Temporal knows ${buildId}`, () => {
    if (worker.exitReason() !== null) throw new Error(worker.outputTail());
    return run('describe-version', { NEW: buildId }).catch(() => null);
  });
  return worker;
}

/** Temporal knows a version a moment before its workers, and says that it is current before all its queues heed it. */
async function makeCurrent(buildId: string): Promise<void> {
  await until(`${buildId} is current`, () => run('set-current-version', { NEW: buildId }).catch(() => null));
  await until(`the task queues heed ${buildId}`, async () => {
    const { workerDeploymentInfo: info } = await connection.workflowService.describeWorkerDeployment({
      namespace: temporal.namespace,
      deploymentName: 'meld-refresh',
    });
    return info?.routingConfigUpdateState === HEEDED ? true : null;
  });
}

async function aSleepingRefresh(connectionId: string): Promise<WorkflowHandle> {
  simulator.createConnection({ id: connectionId, scenario: 'mx_window' });
  const handle = await start(connectionId);
  await until('it waits for the window', async () => {
    const progress = (await handle.describe()).memo?.[PROGRESS_MEMO];
    return JSON.stringify(progress ?? null).includes('waiting_for_window') ? true : null;
  });
  return handle;
}

const start = (connectionId: string): Promise<WorkflowHandle> =>
  client.workflow.start(REFRESH_CONNECTION, {
    taskQueue: DEFAULT_TASK_QUEUE,
    workflowId: refreshWorkflowId(connectionId),
    args: [{ connectionId }],
  });

/** What `doctor` says of the workers. */
async function doctor(): Promise<string> {
  let said = '';
  const env = { ...inheritedEnv(process.env), TEMPORAL_ADDRESS: temporal.address };
  const io = { ...processIo(), env, stdout: { write: (text: string) => (said += text) } };
  await runCli(['doctor'], io);
  return said;
}

/** Tells a sleeping refresh that its data has come by itself. */
async function tell(handle: WorkflowHandle): Promise<void> {
  const occurredAt = new Date().toISOString();
  await handle.signal(accountsUpdated, { eventId: 'a-1', occurredAt });
  await handle.signal(transactionsAggregated, { eventId: 't-1', occurredAt });
}

/** The builds that the run's tasks were done by, in order, each once; and how many tasks failed. */
async function tasksOf(handle: WorkflowHandle) {
  const { events } = await handle.fetchHistory();
  const builds = (events ?? []).flatMap(
    ({ workflowTaskCompletedEventAttributes: done }) => done?.deploymentVersion?.buildId ?? [],
  );
  const failed = (events ?? []).filter((event) => event.workflowTaskFailedEventAttributes).length;
  return { builds: [...new Set(builds)], failed };
}

test('two builds side by side: a refresh that sleeps goes on in the new one, or stays where it is pinned', async () => {
  const first = await aBuild('build-1');
  const asking = await until('its worker asks for work', async () => {
    const said = await doctor();
    return said.includes('no worker asks for work') ? null : said;
  });
  expect(asking).toMatch(/wrong {2}task queue .* none of its versions is current.* --build-id build-1 /);
  await makeCurrent('build-1');
  expect(await doctor()).toContain('ok     task queue meld-refresh: a worker asked for work lately');
  const moving = await aSleepingRefresh('moving');

  // A change that replays: the old worker is gone before the refresh wakes.
  await aBuild('build-2', OTHER_SUMMARY);
  await makeCurrent('build-2');
  await first.stop();
  await tell(moving);
  expect(await moving.result()).toMatchObject({ calls: [{ answer: 'rate_limited' }] });
  expect(await tasksOf(moving)).toEqual({ builds: ['build-1', 'build-2'], failed: 0 });

  // A change that does not: both builds serve on.
  const staying = await aSleepingRefresh('staying');
  await aBuild('build-3', SLEEP_FIRST);
  const builds = { OLD: 'build-2', NEW: 'build-3' };
  expect(await run('workflow count', builds)).toContain('Total: 1');
  await run('update-options', builds);
  await until('it is pinned', async () => {
    const { raw } = await staying.describe();
    const pinned = raw.workflowExecutionInfo?.versioningInfo?.versioningOverride?.pinned;
    return pinned?.version?.buildId === 'build-2' ? true : null;
  });
  await makeCurrent('build-3');
  const fresh = await aSleepingRefresh('fresh');
  await tell(staying);
  await tell(fresh);
  expect(await staying.result()).toMatchObject({ calls: [{ answer: 'rate_limited' }] });
  expect(await tasksOf(staying)).toEqual({ builds: ['build-2'], failed: 0 });
  await fresh.result();
  expect(await tasksOf(fresh)).toEqual({ builds: ['build-3'], failed: 0 });
  await until('none is left', async () =>
    (await run('workflow count', builds)).includes('Total: 0') ? true : null,
  );
});

test('a refresh that the new build cannot replay goes on where it was once the old build is current again', async () => {
  await aBuild('build-4');
  await makeCurrent('build-4');
  const forgotten = await aSleepingRefresh('forgotten');
  await aBuild('build-5', SLEEP_FIRST);
  await makeCurrent('build-5');
  await tell(forgotten);
  await until('it fails in the new build', async () => ((await tasksOf(forgotten)).failed > 0 ? true : null));
  await makeCurrent('build-4');
  expect(await forgotten.result()).toMatchObject({ calls: [{ answer: 'rate_limited' }] });
  expect((await tasksOf(forgotten)).builds).toEqual(['build-4']);
});

test('a charged call that waits for its turn is sent by the new build, and is no lost answer', async () => {
  const slow = { MELD_CALLS_PER_SECOND: '0.1' };
  await aBuild('build-6', [], slow);
  await makeCurrent('build-6');
  const all = await Promise.all(
    ['turn-1', 'turn-2', 'turn-3'].map(async (id) => {
      simulator.createConnection({ id, params: { aggregationMs: 0 } });
      return start(id);
    }),
  );
  const queued = await until('one has left, and two wait for their turn', async () => {
    const pending = await Promise.all(
      all.map(async (handle) => (await handle.describe()).raw.pendingActivities ?? []),
    );
    const waiting = all.filter((_handle, index) =>
      pending[index]?.some(({ activityType }) => activityType?.name === 'requestRefresh'),
    );
    return waiting.length === 2 ? waiting : null;
  });
  await aBuild('build-7', [], slow);
  await makeCurrent('build-7');
  for (const handle of queued) {
    const id = handle.workflowId.slice(refreshWorkflowId('').length);
    await until('its call has left', () => (simulator.ledger(id).length === 1 ? true : null), 30_000);
    // Nobody forwards the webhooks.
    await tell(handle);
    expect(await handle.result()).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'accepted' }] });
    expect((await tasksOf(handle)).builds).toContain('build-7');
  }
});
