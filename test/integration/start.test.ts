import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { temporal as proto } from '@temporalio/proto';
import { startSimulator } from '../../src/simulator/simulator';
import { testWithUi } from './support/database-of';
import { aProgram, childrenOf, running, type Program } from './support/a-program';
import { until } from './support/until';

let cwd: string;
let program: Program;

beforeEach(() => (cwd = mkdtempSync(path.join(tmpdir(), 'start-test-'))));
afterEach(async () => {
  program.send('SIGKILL');
  await program.exited;
  rmSync(cwd, { recursive: true, force: true });
});

const READY = 'Ctrl-C stops everything';

/** The lines of the example, run by a shell. */
async function runPrintedCurl(
  output: string,
): Promise<{ refresh: { state: string; result?: { outcome: string } } }> {
  const [command = ''] = /^ {2}curl [\s\S]*?(?=\n\n)/m.exec(output) ?? [];
  const { stdout } = await promisify(execFile)('sh', ['-c', command]);
  return JSON.parse(stdout);
}

testWithUi(
  'what it prints works as it is printed, Ctrl-C ends all of it, and the next start knows what was before',
  async () => {
    const limits = { MELD_CALLS_PER_SECOND: '7', MELD_READS_PER_SECOND: '9', API_RATE_LIMIT: '11' };
    program = aProgram('dev/stack/main.js', { cwd, env: limits });
    const output = await program.outputWith(READY);
    const children = childrenOf(program.pid);
    expect((await runPrintedCurl(output)).refresh).toMatchObject({
      state: 'ended',
      result: { outcome: 'refreshed' },
    });
    for (const link of output.match(/http:\/\/\S+(\/docs|\/workflows)/g) ?? []) {
      expect({ link, status: (await fetch(link)).status }).toEqual({ link, status: 200 });
    }

    const [, temporal = ''] = /^ {2}Temporal +(127\S+)/m.exec(output) ?? [];
    expect(await ratesOf(temporal)).toEqual([9, 7]);
    const [, limited = ''] = /^ {2}API +(\S+)/m.exec(output) ?? [];
    const { headers } = await fetch(`${limited}/v1/refreshes`);
    expect(headers.get('x-ratelimit-limit')).toBe('11');

    // Evidence ends this one while Meld's answer to its call is still to come.
    const early = `${limited}/v1/connections/lost_answer/refreshes`;
    const answered = await fetch(early, { method: 'POST', headers: { prefer: 'wait=30' } });
    expect(await answered.json()).toMatchObject({ refresh: { state: 'ended' } });

    const second = aProgram('dev/stack/main.js', { cwd });
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain('Another stack runs on the state in');

    program.send('SIGINT');
    expect(await program.exited).toBe(0);
    // Nobody is warned of what is meant.
    const log = readFileSync(path.join(cwd, '.meld-refresh/simulated/logs/worker.log'), 'utf8');
    expect(log.split('\n').filter((line) => /"level":(40|50)/.test(line))).toEqual([]);
    await until('all are gone', () => (running(children).length === 0 ? true : null));

    program = aProgram('dev/stack/main.js', { cwd });
    const [, api = ''] = /^ {2}API +(\S+)/m.exec(await program.outputWith(READY)) ?? [];
    const latest = await fetch(`${api}/v1/connections/healthy/refreshes/latest`);
    expect(await latest.json()).toMatchObject({ refresh: { result: { outcome: 'refreshed' } } });
  },
  120_000,
);

test('when it is killed, nothing that it started survives', async () => {
  program = aProgram('dev/stack/main.js', { cwd });
  await program.outputWith(READY);
  const children = childrenOf(program.pid);
  expect(children.length).toBeGreaterThanOrEqual(4);
  program.send('SIGKILL');
  await until('all are gone', () => (running(children).length === 0 ? true : null));
}, 120_000);

test('when one part ends by itself, it says which, and ends the rest', async () => {
  program = aProgram('dev/stack/main.js', { cwd });
  await program.outputWith(READY);
  const children = childrenOf(program.pid);
  const worker = children.find((pid) => argumentsOf(pid).includes('worker.js'));
  process.kill(worker!, 'SIGKILL');
  expect(await program.exited).toBe(1);
  expect(program.output()).toMatch(/The worker ended by SIGKILL; its log: .*worker\.log/);
  await until('all are gone', () => (running(children).length === 0 ? true : null));
}, 120_000);

test('with an API key of Meld it talks to that Meld, and to no simulated one', async () => {
  const meld = await startSimulator({ apiKey: 'key-of-meld' });
  try {
    const { id } = meld.createConnection();
    const env = {
      MELD_API_KEY: 'key-of-meld',
      MELD_BASE_URL: meld.url,
      REFRESH_POLICY: '{"settle":"1s","poll":{"first":"1s"}}',
    };
    program = aProgram('dev/stack/main.js', { cwd, env });
    const output = await program.outputWith(READY);
    expect(output).toContain(`Meld          ${meld.url}`);
    expect(output).not.toMatch(/simulated|key-of-meld/);
    const answer = await runPrintedCurl(output.replace('$CONNECTION_ID', id));
    expect(answer.refresh).toMatchObject({ result: { outcome: 'refreshed' } });
    expect(meld.ledger(id)).toHaveLength(1);
  } finally {
    await meld.close();
  }
}, 120_000);

test('with an API key and no word of which Meld it says what is missing', async () => {
  program = aProgram('dev/stack/main.js', { cwd, env: { MELD_API_KEY: 'key-of-meld' } });
  expect(await program.exited).toBe(1);
  expect(program.output()).toContain('MELD_ENVIRONMENT: expected "sandbox" or "production"');
  expect(program.output()).not.toContain('key-of-meld');
});

/** At which the queues of reads and of charged calls are polled. */
async function ratesOf(address: string): Promise<readonly unknown[]> {
  const connection = await Connection.connect({ address });
  try {
    const answers = ['meld-refresh', 'meld-refresh-calls'].map((name) =>
      connection.workflowService.describeTaskQueue({
        namespace: 'default',
        taskQueue: { name },
        taskQueueType: proto.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
      }),
    );
    return (await Promise.all(answers)).map(({ pollers }) => pollers[0]?.ratePerSecond);
  } finally {
    await connection.close();
  }
}

function argumentsOf(pid: number): string {
  return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
}
