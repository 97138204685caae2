import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, type Connection } from '@temporalio/client';
import { connectClient } from '../../src/temporal/connect';
import { servedTaskQueues } from '../../src/temporal/task-queues';
import { startDevServer, type DevServer } from '../../src/dev/temporal-server/dev-server';
import { freePort } from '../../src/dev/free-port';
import { resolveTemporalCli } from '../../src/dev/temporal-server/temporal-cli';

let server: DevServer;
let connection: Connection;
beforeAll(async () => {
  server = await startDevServer({ ui: 'off' });
  connection = await connectClient(server.target);
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});

/** `temporal.api.enums.v1.IndexedValueType`. */
const KEYWORD = 2;

const API_KEY = 'canary-meld-key';

interface WorkerProcess {
  readonly child: ChildProcess;
  /** Resolves with the log line of that message. */
  line(message: string): Promise<Record<string, unknown>>;
  /** Resolves with all it wrote and its exit code once it is gone. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** 20 s: the whole of a start on a busy machine, connecting in vain included. */
const WITHIN_MS = 20_000;

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** The built worker, with nothing of this process' environment that could reach it by accident. */
function startWorker(env: NodeJS.ProcessEnv = {}): WorkerProcess {
  const child = spawn(process.execPath, ['dist/worker.js'], {
    env: {
      PATH: process.env['PATH'],
      MELD_API_KEY: API_KEY,
      MELD_BASE_URL: 'http://127.0.0.1:9',
      TEMPORAL_ADDRESS: server.address,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, stdout, stderr };
  });

  const line = (message: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const fail = () => reject(new Error(`no line "${message}" came:\n${stdout}${stderr}`));
      const timer = setTimeout(fail, WITHIN_MS);
      const onOutput = () => {
        for (const text of stdout.split('\n').slice(0, -1)) {
          const entry = JSON.parse(text);
          if (entry.msg !== message) continue;
          clearTimeout(timer);
          child.stdout.off('data', onOutput);
          resolve(entry);
          return;
        }
      };
      child.stdout.on('data', onOutput);
      child.once('close', fail);
      onOutput();
    });
  return { child, line, ended };
}

test('the worker serves its task queue, and ends gracefully with code 0 on SIGTERM', async () => {
  const metricsAddress = `127.0.0.1:${await freePort()}`;
  const healthAddress = `127.0.0.1:${await freePort()}`;
  const worker = startWorker({
    METRICS_ADDRESS: metricsAddress,
    HEALTH_ADDRESS: healthAddress,
    LOG_LEVEL: 'debug',
  });
  expect(await worker.line('worker started')).toMatchObject({
    name: 'worker',
    taskQueue: 'meld-refresh',
    namespace: 'default',
    address: server.address,
    deployment: null,
  });

  // Meld cannot be reached: the refresh waits and reads again, which is enough to see it being worked on.
  const handle = await new Client({ connection }).workflow.start('refreshConnection', {
    taskQueue: 'meld-refresh',
    workflowId: 'refresh-connection-anything',
    args: [{ connectionId: 'anything' }],
  });
  await untilHistoryHolds(handle, 'activityTaskScheduledEventAttributes');
  await handle.terminate();

  expect((await fetch(`http://${healthAddress}/healthz`)).status).toBe(200);
  expect((await fetch(`http://${healthAddress}/readyz`)).status).toBe(200);

  const metrics = await (await fetch(`http://${metricsAddress}/metrics`)).text();
  expect(metrics).toMatch(/^temporal_worker_task_slots_available/m);

  worker.child.kill('SIGTERM');
  const { code, stdout, stderr } = await worker.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const messages = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text).msg);
  expect(messages).toEqual(expect.arrayContaining(['worker started', 'worker stopping', 'worker stopped']));
  expect(stdout).not.toContain(API_KEY);
});

test('a refresh that is started by name keeps the policy of the worker, and tells its outcome webhook', async () => {
  const worker = startWorker({
    REFRESH_POLICY: '{"maxCharges":1,"giveUpAfter":"2h"}',
    OUTCOME_WEBHOOK_URL: 'http://127.0.0.1:9/outcomes',
    OUTCOME_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  });
  await worker.line('worker started');
  const handle = await new Client({ connection }).workflow.start('refreshConnection', {
    taskQueue: 'meld-refresh',
    workflowId: 'refresh-connection-by-name',
    args: [{ connectionId: 'by-name', policy: { giveUpAfter: '1h' } }],
  });
  await untilHistoryHolds(handle, 'activityTaskScheduledEventAttributes');
  const { events } = await handle.fetchHistory();
  const marker = events?.find((event) => event.markerRecordedEventAttributes)?.markerRecordedEventAttributes;
  const [result] = marker?.details?.['result']?.payloads ?? [];
  expect(JSON.parse(Buffer.from(result?.data ?? []).toString())).toMatchObject({
    maxCharges: 1,
    giveUpAfter: '1h',
    deliverOutcomes: expect.arrayContaining(['refreshed', 'escalated']),
  });
  await handle.terminate();
  worker.child.kill('SIGTERM');
  expect((await worker.ended).code).toBe(0);
});

test('the worker ends gracefully on SIGINT too', async () => {
  const worker = startWorker();
  await worker.line('worker started');
  worker.child.kill('SIGINT');
  expect((await worker.ended).code).toBe(0);
});

test('a versioned worker serves both task queues in its version', async () => {
  const worker = startWorker({
    TEMPORAL_TASK_QUEUE: 'versioned',
    TEMPORAL_WORKER_DEPLOYMENT_NAME: 'meld-refresh',
    TEMPORAL_WORKER_BUILD_ID: 'build-7',
  });
  expect(await worker.line('worker started')).toMatchObject({
    taskQueue: 'versioned',
    deployment: { name: 'meld-refresh', buildId: 'build-7' },
  });
  for (const queue of servedTaskQueues('versioned')) {
    await until(async () => {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace: 'default',
        ...queue,
      });
      return pollers.some(({ deploymentOptions }) => deploymentOptions?.buildId === 'build-7');
    });
  }
  worker.child.kill('SIGTERM');
  expect((await worker.ended).code).toBe(0);
});

describe('a worker that cannot start ends with code 1 and one message:', () => {
  test('no Temporal at that address', async () => {
    const { code, stderr, stdout } = await startWorker({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` })
      .ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Temporal cannot be reached at 127\.0\.0\.1:\d+: .*temporal server start-dev\n$/);
    expect(stdout).toBe('');
  });

  test('no such namespace, with the command that creates it', async () => {
    const { code, stderr } = await startWorker({ TEMPORAL_NAMESPACE: 'nowhere' }).ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Temporal at ${server.address} has no namespace "nowhere". To create it: ` +
        `temporal operator namespace create --address ${server.address} --namespace nowhere\n`,
    );
  });

  test('no search attributes, with the commands that do create them', async () => {
    await createNamespace('bare');
    const { code, stderr } = await startWorker({ TEMPORAL_NAMESPACE: 'bare' }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(
      'lacks the search attributes MeldConnectionId, MeldCustomerId, MeldProvider, Meld',
    );

    const [, commands = ''] = stderr.split('To create them, "meld-refresh setup", or:\n');
    await runShell(commands.trim().split('\n').join(' && '));
    const repaired = startWorker({ TEMPORAL_NAMESPACE: 'bare' });
    expect(await repaired.line('worker started')).toMatchObject({ namespace: 'bare' });
    repaired.child.kill('SIGTERM');
    expect((await repaired.ended).code).toBe(0);
  });

  test('a search attribute of another type', async () => {
    await createNamespace('mistyped');
    await connection.operatorService.addSearchAttributes({
      namespace: 'mistyped',
      searchAttributes: { MeldNextRefreshAt: KEYWORD as never },
    });
    const { code, stderr } = await startWorker({ TEMPORAL_NAMESPACE: 'mistyped' }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('MeldNextRefreshAt of namespace "mistyped" has type Keyword, expected Datetime');
  });

  test('a wrong configuration, without a word of its secrets', async () => {
    const { code, stderr } = await startWorker({ MELD_API_KEY: 'canary key', MELD_BASE_URL: 'nonsense' })
      .ended;
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'The configuration is wrong.',
      "- MELD_API_KEY: expected Meld's raw API key, without spaces",
      '- MELD_BASE_URL: expected an http or https URL without credentials, query or fragment, received "nonsense"',
    ]);
  });

  test('a metrics address that is taken', async () => {
    const { code, stderr } = await startWorker({ METRICS_ADDRESS: server.address }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`METRICS_ADDRESS: the worker cannot listen on ${server.address}`);
  });

  test('a health address that is taken', async () => {
    const { code, stderr } = await startWorker({ HEALTH_ADDRESS: server.address }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^HEALTH_ADDRESS: the worker cannot listen on .+\n$/);
  });
});

/** Runs a line that a message told people to run. */
async function runShell(line: string): Promise<void> {
  const folder = path.dirname(await resolveTemporalCli());
  const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env['PATH']}` };
  await promisify(execFile)('sh', ['-c', line], { env, timeout: WITHIN_MS });
}

async function createNamespace(namespace: string): Promise<void> {
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  // The frontend's namespace cache learns of it within a second or so.
  await until(async () => {
    await connection.operatorService.listSearchAttributes({ namespace });
    return true;
  });
}

async function untilHistoryHolds(
  handle: { fetchHistory(): Promise<{ events?: object[] | null }> },
  attributes: string,
): Promise<void> {
  await until(async () => {
    const { events } = await handle.fetchHistory();
    return (events ?? []).some((event) => (Reflect.get(event, attributes) ?? null) !== null);
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
    }
    if (Date.now() > deadlineMs) throw new Error('it did not come to hold in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
