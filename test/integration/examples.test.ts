import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { resolveTemporalCli } from '../../src/dev/temporal-server/temporal-cli';
import { freePort } from '../../src/dev/free-port';
import { aStack, type TestStack } from './support/a-stack';
import { ask } from './support/ask';
import { historyOf } from './support/histories';
import { until } from './support/until';

const EXAMPLES = path.join(__dirname, '../../examples');
const SECRET = `whsec_${Buffer.from('a secret that only we two know').toString('base64')}`;
const run = promisify(execFile);

let stack: TestStack;
let receiver: ChildProcess;
let receiverUrl: string;
let heard = '';

beforeAll(async () => {
  const port = await freePort();
  receiverUrl = `http://127.0.0.1:${port}`;
  receiver = spawn(process.execPath, [path.join(EXAMPLES, 'outcome-receiver/receiver.mjs')], {
    env: { PATH: process.env['PATH'], PORT: String(port), OUTCOME_WEBHOOK_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  receiver.stdout?.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  stack = await aStack({ outcomeWebhook: { url: receiverUrl, secret: SECRET } });
});
afterAll(async () => {
  receiver.kill();
  await stack.close();
});

async function aConnection(): Promise<string> {
  const [connection] = await stack.meld.createConnections([{ scenario: 'healthy' }]);
  return connection!.id;
}

/** The environment of a shell in which the examples are told where to go. */
const env = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  ...more,
});
const temporalEnv = (): Readonly<Record<string, string>> => ({
  TEMPORAL_ADDRESS: stack.temporalAddress,
  TEMPORAL_NAMESPACE: 'default',
});

const BOUND = { timeout: 40_000 };

test('curl starts a refresh over HTTP and sees its result', async () => {
  const id = await aConnection();
  const { stdout } = await run('bash', [path.join(EXAMPLES, 'curl/start.sh'), id], {
    ...BOUND,
    env: env({ MELD_REFRESH_URL: stack.api.url, API_KEY: stack.apiKey }),
  });
  const [started, latest] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(started).toMatchObject({ disposition: 'started', refresh: { result: { outcome: 'refreshed' } } });
  expect(latest).toEqual({ refresh: started.refresh });
});

test('curl reports a refusal as a failure, with the reason', async () => {
  const failure = run('bash', [path.join(EXAMPLES, 'curl/start.sh'), 'any'], {
    ...BOUND,
    env: env({ MELD_REFRESH_URL: stack.api.url, API_KEY: 'wrong' }),
  });
  await expect(failure).rejects.toMatchObject({ stdout: expect.stringContaining('unauthorized') });
});

test('the temporal command starts a refresh by workflow name, and a second one joins it', async () => {
  const { api, meld } = stack;
  // The data comes late: it would end the run, answer or no answer, before the second one can join.
  const [connection] = await meld.createConnections([{ params: { aggregationMs: 10_000 } }]);
  const { id } = connection!;
  const call = await meld.hold(id, 'after_execution');
  const start = () =>
    resolveTemporalCli().then((TEMPORAL_CLI_PATH) =>
      run('bash', [path.join(EXAMPLES, 'temporal-cli/start.sh'), id], {
        ...BOUND,
        env: env({ ...temporalEnv(), TEMPORAL_CLI_PATH }),
      }),
    );
  const both = [start()];
  await call.held();
  both.push(start());
  await until('the second one has joined', async () =>
    (await historyOf(stack.temporal, id)).filter(
      ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === 'join',
    ).length === 2
      ? true
      : null,
  );
  await call.release();
  for (const { stdout } of await Promise.all(both)) expect(stdout).toMatch(/"outcome": "refreshed"/);
  expect(await api.result(id)).toMatchObject({ outcome: 'refreshed', calls: [{ products: ['BALANCES'] }] });
  expect(await meld.ledger(id)).toHaveLength(1);
});

describe('Python', () => {
  const script = path.join(EXAMPLES, 'python/start_refresh.py');
  let folder: string;
  let python: string | null = null;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-python-'));
    try {
      await run('python3', ['-m', 'venv', folder], BOUND);
      const requirements = path.join(EXAMPLES, 'python/requirements.txt');
      python = path.join(folder, 'bin/python');
      await run(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements], BOUND);
    } catch {
      // Without Python, or a registry to install from, there is nothing to run it with.
      python = null;
    }
  }, 90_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('starts a refresh by workflow name and JSON, and gets its result', async () => {
    if (python === null) {
      await run('python3', ['-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())', script]).catch(
        (error: unknown) => {
          if (Reflect.get(Object(error), 'code') !== 'ENOENT') throw error;
        },
      );
      return;
    }
    const id = await aConnection();
    const { stdout } = await run(python, [script, id], { ...BOUND, env: env(temporalEnv()) });
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'refreshed',
      connectionId: id,
      calls: [{ answer: 'accepted', products: ['BALANCES', 'TRANSACTIONS'] }],
    });
    expect(await stack.meld.ledger(id)).toHaveLength(1);
  });
});

test('the receiver hears the outcome, and takes nothing that is not signed', async () => {
  const id = await aConnection();
  await stack.api.start(id);
  await until('it was told', () => (heard.includes(`refresh.refreshed ${id} after 1 calls`) ? true : null));
  const forged = { type: 'refresh.refreshed', data: { connectionId: 'forged', calls: [] } };
  expect((await ask(receiverUrl, { method: 'POST', body: forged })).status).toBe(401);
  expect(heard).not.toContain('forged');
});
