import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startDevServer } from '../../src/dev/temporal-server/dev-server';
import type { DevServer } from '../../src/dev/temporal-server/dev-server';
import { freePort } from '../../src/dev/free-port';
import { ask } from './support/ask';
import { until } from './support/until';

const REPOSITORY = path.join(__dirname, '../..');
const EXAMPLES = ['backend', 'own-worker'] as const;
const ENTRIES = ['client', 'workflows', 'activities', 'webhooks', 'data-converter', 'simulator'] as const;
const TSC = require.resolve('typescript/bin/tsc');

/** 90 s: a cold cache on a slow line; a warm one takes ten. */
const INSTALL_WITHIN_MS = 90_000;

const run = promisify(execFile);

/** A folder of somebody else's, with the package installed as it would be published. */
let project: string;
/** What ends the programs that a test started. */
const children: ChildProcess[] = [];

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
  writeFileSync(path.join(project, file), text);
};

beforeAll(async () => {
  project = mkdtempSync(path.join(tmpdir(), 'meld-refresh-user-'));
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
  const { stdout } = await run('npm', packing, { cwd: REPOSITORY });
  const [{ filename }] = JSON.parse(stdout);
  const dependencies: Record<string, string> = {};
  for (const example of EXAMPLES) {
    const manifest = path.join(REPOSITORY, 'examples', example, 'package.json');
    const { dependencies: own, devDependencies } = JSON.parse(readFileSync(manifest, 'utf8'));
    const { typescript: _ours, ...types } = devDependencies;
    Object.assign(dependencies, own, types);
  }
  dependencies['meld-refresh'] = `file:./${filename}`;
  write(
    'package.json',
    JSON.stringify({ name: 'somebody-else', version: '1.0.0', private: true, dependencies }),
  );
  const quickly = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock'];
  await run('npm', ['install', ...quickly], { cwd: project, timeout: INSTALL_WITHIN_MS });
}, INSTALL_WITHIN_MS + 30_000);

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(project, { recursive: true, force: true });
});

/** @throws with what the compiler said */
async function compile(options: readonly string[]): Promise<void> {
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--skipLibCheck'];
  await run(process.execPath, [TSC, '--target', 'es2022', '--types', 'node', ...strict, ...options], {
    cwd: project,
  }).catch((error: unknown) => {
    throw new Error(String(Reflect.get(Object(error), 'stdout')));
  });
}

/** One program that uses every entry, and says so. */
const PROGRAM = `
import { RefreshClient, OUTCOMES, isRefreshError, InvalidRequestError } from 'meld-refresh/client';
import type { RefreshRequest, RefreshResult, OutcomeMessage } from 'meld-refresh/client';
import { refreshConnection, deliverOutcome, refreshWorkflowId, join, searchAttributes } from 'meld-refresh/workflows';
import { createActivities, makeMeldClient } from 'meld-refresh/activities';
import type { Activities, MeldClient } from 'meld-refresh/activities';
import { makeMeldWebhookHandler, makeReceiveMeldWebhook } from 'meld-refresh/webhooks';
import type { MeldWebhookReceipt } from 'meld-refresh/webhooks';
import { startSimulator, SCRIPT_NAMES } from 'meld-refresh/simulator';
import type { Simulator } from 'meld-refresh/simulator';
import { makeDataConverter, readPayloadKeys } from 'meld-refresh/data-converter';

const outcomeOf = (message: OutcomeMessage): RefreshResult['outcome'] | 'canceled' => message.data.outcome;
const request: RefreshRequest = { connectionId: 'c-1', products: ['BALANCES'], maxAge: '15m' };
const refreshes = { signal: async (): Promise<'no_open_refresh'> => 'no_open_refresh' };
const handler: (request: Request) => Promise<Response> =
  makeMeldWebhookHandler({ refreshes, secrets: ['s'], url: 'https://hooks.example.com/meld' });

async function main(): Promise<void> {
  const simulator: Simulator = await startSimulator();
  const meld: MeldClient = makeMeldClient({ baseUrl: simulator.url, apiKey: simulator.apiKey });
  const activities: Activities = createActivities({ meld });
  const { id } = simulator.createConnection({ scenario: 'healthy' });
  const read = await meld.getConnection(id);
  const answer = await handler(new Request('http://internal.example/', { method: 'POST', body: '{}' }));
  const receipt: MeldWebhookReceipt = await makeReceiveMeldWebhook({ refreshes, secrets: ['s'], url: 'https://hooks.example.com/meld' })({ rawBody: '', headers: {} });
  await meld.close();
  await simulator.close();
  console.log(JSON.stringify([
    typeof RefreshClient, OUTCOMES.length, isRefreshError(new InvalidRequestError('f', 'e', 'r')), typeof outcomeOf,
    typeof refreshConnection, typeof deliverOutcome, refreshWorkflowId(request.connectionId), join.name, searchAttributes.outcome.name,
    Object.keys(activities).length, read.reply, answer.status, receipt.status, SCRIPT_NAMES.length > 10,
    makeDataConverter(readPayloadKeys('')).payloadCodecs?.length,
  ]));
}
void main();
`;
const SAID = [
  ...['function', 7, true, 'function'],
  ...['function', 'function', 'refresh-connection-c-1', 'join', 'MeldRefreshOutcome'],
  ...[5, 'ok', 401, 401, true, 1],
];

test('it is as publint and attw would have it', async () => {
  const script = path.join(REPOSITORY, 'scripts/check-package.mjs');
  const { stdout } = await run(process.execPath, [script], { cwd: REPOSITORY });
  expect(stdout).toContain('All good!');
  expect(stdout).toMatch(/meld-refresh\/webhooks/);
});

test('it holds what it exports, and nothing of its tests or its workshop', () => {
  const installed = path.join(project, 'node_modules/meld-refresh');
  const { exports, bin } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  expect(Object.keys(exports)).toEqual([...ENTRIES.map((entry) => `./${entry}`), './package.json']);
  expect(readFileSync(path.join(installed, bin['meld-refresh']), 'utf8')).toMatch(
    /^#!\/usr\/bin\/env node\n/,
  );
  expect(readFileSync(path.join(installed, 'dist/workflow-bundle.js'), 'utf8')).toContain(
    'refreshConnection',
  );
  for (const foreign of ['src', 'test', 'node_modules/jest']) {
    expect(() => readFileSync(path.join(installed, foreign))).toThrow(/ENOENT/);
  }
});

test('every entry can be used from CommonJS and from ES modules, with its types', async () => {
  write('program.cts', PROGRAM);
  write('program.mts', PROGRAM);
  await compile(['--module', 'nodenext', '--outDir', 'out', 'program.cts', 'program.mts']);
  for (const built of ['out/program.cjs', 'out/program.mjs']) {
    const { stdout } = await run(process.execPath, [built], { cwd: project });
    expect([built, JSON.parse(stdout)]).toEqual([built, SAID]);
  }
});

test('a bundler finds every entry’s types, and a wrong use of them is an error', async () => {
  write('right.ts', PROGRAM);
  write('wrong.ts', PROGRAM.replace("products: ['BALANCES']", "products: ['MAGIC']"));
  const bundler = ['--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit'];
  const errors = await compile([...bundler, 'right.ts', 'wrong.ts']).catch((error: unknown) => String(error));
  expect(errors).toMatch(/wrong\.ts.*"MAGIC"/);
  expect(errors).not.toContain('right.ts');
});

describe('the examples, on the installed package', () => {
  let temporal: DevServer;
  beforeAll(async () => {
    const compiling = EXAMPLES.map((example) => {
      cpSync(path.join(REPOSITORY, 'examples', example), path.join(project, example), { recursive: true });
      // Its dependencies are the folder's above.
      rmSync(path.join(project, example, 'package.json'));
      return compile(['--project', example]);
    });
    [temporal] = await Promise.all([startDevServer({ ui: 'off', logLevel: 'error' }), ...compiling]);
  });
  afterAll(() => temporal.stop());

  /** Starts a program and resolves with all that it has said, once it has said `first`. */
  async function start(
    file: string,
    env: Readonly<Record<string, string>>,
    first: RegExp,
  ): Promise<() => string> {
    const child = spawn(process.execPath, [file], {
      cwd: project,
      env: { PATH: process.env['PATH'], TEMPORAL_ADDRESS: temporal.address, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(`${file} said ${first.source}: ${said}`, () => {
      if (child.exitCode !== null) throw new Error(`${file} ended: ${said}`);
      return first.test(said) ? true : null;
    });
    return () => said;
  }

  test('a payment starts a refresh in a worker of one’s own, and its outcome is acted upon', async () => {
    const port = await freePort();
    const backend = `http://127.0.0.1:${port}`;
    const secret = `whsec_${Buffer.from('a secret that only we two know').toString('base64')}`;
    write(
      'simulate.cjs',
      `const { startSimulator } = require('meld-refresh/simulator');
      startSimulator({ webhookUrl: '${backend}/webhooks/meld' }).then(({ url, createConnection, apiKey, webhookSecret }) => {
        createConnection({ id: 'soon' });
        createConnection({ id: 'later', params: { aggregationMs: 6000 } });
        console.log(JSON.stringify({ url, apiKey, webhookSecret }));
      });`,
    );
    const simulator = await start('simulate.cjs', {}, /\}\n/);
    const { url, apiKey, webhookSecret } = JSON.parse(simulator());
    const meld = { MELD_BASE_URL: url, MELD_API_KEY: apiKey };
    const outcomes = { OUTCOME_WEBHOOK_URL: `${backend}/outcomes`, OUTCOME_WEBHOOK_SECRET: secret };
    const [said] = await Promise.all([
      start(
        'backend/dist/main.js',
        {
          ...{ PORT: String(port), OUTCOME_WEBHOOK_SECRET: secret },
          ...{ MELD_WEBHOOK_SECRETS: webhookSecret, MELD_WEBHOOK_URL: `${backend}/webhooks/meld` },
        },
        /backend at/,
      ),
      start('own-worker/dist/worker.js', { ...meld, ...outcomes }, /RUNNING/),
    ]);

    const paidAt = new Date().toISOString();
    const pay = (connectionId: string) =>
      ask(`${backend}/payments`, { method: 'POST', body: { connectionId, customerId: 'c-1', paidAt } });
    const [soon, later, wrong] = await Promise.all([pay('soon'), pay('later'), pay('../x')]);
    expect([soon.json, later.json]).toEqual([{ refresh: 'done' }, { refresh: 'under_way' }]);
    expect(wrong).toMatchObject({ status: 400, json: { error: 'invalid_request' } });
    await until('both outcomes were told', () =>
      /soon: told/.test(said()) && /later: told/.test(said()) ? true : null,
    );
    // Awaited and told, and acted upon once.
    expect(said().match(/soon: fetch the data from Meld/g)).toHaveLength(1);
    expect(said()).toMatch(/later: told that it ended refreshed\nlater: fetch the data from Meld/);
    expect(
      (await ask(`${backend}/outcomes`, { method: 'POST', body: { type: 'refresh.refreshed' } })).status,
    ).toBe(401);
  });
});
