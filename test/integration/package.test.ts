import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startDevServer, type DevServer } from '../../src/dev/temporal-server/dev-server';
import { freePort } from '../../src/dev/free-port';
import { codeBlocks } from '../unit/docs/code-blocks';
import { aServer, closeServers } from '../unit/server/a-server';
import { signWebhook } from '../../src/simulator/webhooks/sign-webhook';
import { ask } from './support/ask';
import { anEvent } from './support/signed-webhook';
import { until } from './support/until';

const REPOSITORY = path.join(__dirname, '../..');
const EXAMPLES = ['backend', 'own-worker'] as const;
const ENTRIES = [
  'client',
  'workflows',
  'activities',
  'webhooks',
  'data-converter',
  'payload-converter',
  'simulator',
  'testing',
] as const;
const TSC = require.resolve('typescript/bin/tsc');

/** 4 min: a cold cache on a busy machine; a warm one takes twenty seconds. */
const INSTALL_WITHIN_MS = 240_000;

const run = promisify(execFile);

/** A folder of somebody else's, with the package installed as it would be published. */
let project: string;
/** The same without optional dependencies. */
let light: string;
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
  // The recipe of docs/testing.md runs with it; Jest is the repository's own.
  dependencies['vitest'] = '^4.0.0';
  // The guides of docs/webhooks.md run with them; a route of Next.js is a function and needs no Next.js.
  Object.assign(dependencies, {
    express: '^5.0.0',
    hono: '^4.0.0',
    '@hono/node-server': '^1.0.0',
    fastify: '^5.0.0',
  });
  write(
    'package.json',
    JSON.stringify({ name: 'somebody-else', version: '1.0.0', private: true, dependencies }),
  );
  light = mkdtempSync(path.join(tmpdir(), 'meld-refresh-light-'));
  const tarball = path.join(project, filename);
  const quickly = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock'];
  await Promise.all([
    run('npm', ['install', ...quickly], { cwd: project, timeout: INSTALL_WITHIN_MS }),
    run('npm', ['install', ...quickly, '--omit=optional', '--prefix', light, tarball], {
      cwd: light,
      timeout: INSTALL_WITHIN_MS,
    }),
  ]);
}, INSTALL_WITHIN_MS + 30_000);

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of [project, light]) rmSync(folder, { recursive: true, force: true });
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
import { startSimulator, SCENARIO_NAMES } from 'meld-refresh/simulator';
import type { Simulator } from 'meld-refresh/simulator';
import { makeDataConverter, readPayloadKeys } from 'meld-refresh/data-converter';
import { startTestStack } from 'meld-refresh/testing';

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
    Object.keys(activities).length, read.reply, answer.status, receipt.status, SCENARIO_NAMES.length > 10,
    makeDataConverter(readPayloadKeys('')).payloadCodecs?.length, typeof startTestStack,
  ]));
}
void main();
`;
const SAID = [
  ...['function', 7, true, 'function'],
  ...['function', 'function', 'refresh-connection-c-1', 'join', 'MeldRefreshOutcome'],
  ...[6, 'ok', 401, 401, true, 1, 'function'],
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
  const data = ['./openapi.json', './package.json'];
  expect(Object.keys(exports)).toEqual([...ENTRIES.map((entry) => `./${entry}`), ...data]);
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

test('its openapi.json is what a server answers', async () => {
  const { app } = await aServer();
  const served = await app.inject({ url: '/openapi.json' });
  await closeServers();
  const { resolve } = createRequire(path.join(project, 'package.json'));
  expect(JSON.parse(readFileSync(resolve('meld-refresh/openapi.json'), 'utf8'))).toEqual(served.json());
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

/** `npm ci` and all programs on the Node that runs this test, and on the newest of the other majors we claim. */
describe.each(['20', '22', '24'])('on Node %s', (major) => {
  let node: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    if (process.version.startsWith(`v${major}.`)) node = process.execPath;
    else {
      const asking = ['--yes', '--prefer-offline', '-p', `node@${major}`, 'node', '-p', 'process.execPath'];
      node = (await run('npx', asking, { cwd: project })).stdout.trim();
    }
    env = { ...process.env, PATH: `${path.dirname(node)}:${process.env['PATH']}` };
    expect((await run(node, ['--version'])).stdout).toMatch(new RegExp(`^v${major}\\.`));
  }, INSTALL_WITHIN_MS);

  test('npm ci --engine-strict takes every dependency', async () => {
    const ci = ['ci', '--engine-strict', '--dry-run', '--ignore-scripts', '--prefer-offline', '--no-audit'];
    const npm = (await run('bash', ['-c', 'readlink -f "$(command -v npm)"'])).stdout.trim();
    await run(node, [npm, ...ci], { cwd: REPOSITORY, env });
  });

  test('every entry works', async () => {
    const { stdout } = await run(node, ['out/program.mjs'], { cwd: project, env });
    expect(JSON.parse(stdout)).toEqual(SAID);
  });

  test('the command starts', async () => {
    const { stdout } = await run(node, ['node_modules/meld-refresh/dist/cli/main.js', '--help'], {
      cwd: project,
      env,
    });
    expect(stdout).toContain('Usage: meld-refresh');
  });
});

describe('without optional dependencies', () => {
  const inLight = (code: string) => run(process.execPath, ['-e', code], { cwd: light });

  test('the package and all that it needs stay under 60 MB, without the native core', async () => {
    const { stdout } = await run('du', ['-sm', path.join(light, 'node_modules')]);
    expect(Number.parseInt(stdout, 10)).toBeLessThan(60);
    expect(existsSync(path.join(light, 'node_modules/@temporalio/core-bridge'))).toBe(false);
    expect(existsSync(path.join(project, 'node_modules/@temporalio/core-bridge'))).toBe(true);
  });

  test.each(['client', 'webhooks', 'workflows', 'activities', 'data-converter', 'payload-converter'])(
    '%s can be imported',
    async (entry) => {
      const { stdout } = await inLight(
        `console.log(Object.keys(require('meld-refresh/${entry}')).length > 0)`,
      );
      expect(stdout).toBe('true\n');
    },
  );

  test('the command still refreshes, lists and explains', async () => {
    const { stdout } = await run(path.join(light, 'node_modules/.bin/meld-refresh'), ['refresh', '--help']);
    expect(stdout).toContain('Usage: meld-refresh refresh');
  });

  test.each([
    ['worker', 'The worker needs @temporalio/worker'],
    ['server', 'The server needs fastify, @fastify/rate-limit'],
    ['simulator', 'The simulator needs fastify'],
    ['dev', 'The stack of Temporal, worker, server and simulator needs @temporalio/worker, fastify'],
  ])('the command %s says what to install', async (command, message) => {
    const refused = run(path.join(light, 'node_modules/.bin/meld-refresh'), [command]);
    const { stderr } = await refused.then(
      () => ({ stderr: 'it started' }),
      (error: unknown) => ({ stderr: String(Reflect.get(Object(error), 'stderr')) }),
    );
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/To install: npm install (@temporalio\/worker|fastify)/);
    expect(stderr).not.toMatch(/\n +at /);
  });

  test.each(['simulator', 'testing'])('importing %s says what to install', async (entry) => {
    await expect(inLight(`require('meld-refresh/${entry}')`)).rejects.toThrow(
      /MissingDependencyError: .* needs .*fastify.* To install: npm install .*fastify/,
    );
  });
});

describe('the recipes for tests of one’s own', () => {
  const recipes = codeBlocks('docs/testing.md').filter(({ info }) => info[0] === 'js');
  const recipe = (runner: string) => recipes.find(({ info }) => info[1] === runner)!.code;

  test('the one for Jest passes', async () => {
    write('recipes/refresh.test.js', recipe('jest'));
    const jest = [require.resolve('jest/bin/jest'), '--rootDir', 'recipes'];
    const { stderr } = await run(process.execPath, jest, { cwd: project });
    expect(stderr).toMatch(/Tests: +3 passed, 3 total/);
  });

  test('the one for Vitest passes', async () => {
    write('recipes/refresh.spec.mjs', recipe('vitest'));
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'recipes/refresh.spec.mjs'];
    const { stdout } = await run(process.execPath, vitest, {
      cwd: project,
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect(stdout).toMatch(/Tests +3 passed \(3\)/);
  });
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
    // The two lines of an outcome come in one piece, or in two.
    await until('both outcomes were told, and one acted upon', () =>
      /soon: told/.test(said()) && /later: fetch/.test(said()) ? true : null,
    );
    // Awaited and told, and acted upon once.
    expect(said().match(/soon: fetch the data from Meld/g)).toHaveLength(1);
    expect(said()).toMatch(/later: told that it ended refreshed\nlater: fetch the data from Meld/);
    expect(
      (await ask(`${backend}/outcomes`, { method: 'POST', body: { type: 'refresh.refreshed' } })).status,
    ).toBe(401);
  });

  describe('the guides for webhooks', () => {
    const SECRET = 'a webhook secret';
    const URL_AT_MELD = 'https://hooks.example.com/webhooks/meld';
    const guides = codeBlocks('docs/webhooks.md').filter(({ info }) => info[0] === 'js');
    const env = () => ({ MELD_WEBHOOK_SECRETS: SECRET, MELD_WEBHOOK_URL: URL_AT_MELD });
    const signed = (body: string): Record<string, string> => {
      const timestamp = new Date().toISOString();
      const signature = signWebhook({ secret: SECRET, timestamp, url: URL_AT_MELD, body });
      return {
        'content-type': 'application/json',
        'meld-signature': signature,
        'meld-signature-timestamp': timestamp,
      };
    };
    beforeAll(() => {
      for (const { info, code } of guides) write(`guides/${info[1]}.mjs`, code);
      write(
        'guides/serve-next.mjs',
        `import { createServer } from 'node:http';
        import { Readable } from 'node:stream';
        import { POST } from './next.mjs';
        createServer(async (incoming, outgoing) => {
          const { method, headers } = incoming;
          const body = Readable.toWeb(incoming);
          const response = await POST(new Request('http://behind-a-proxy/', { method, headers, body, duplex: 'half' }));
          outgoing.writeHead(response.status).end(await response.text());
        }).listen(process.env.PORT, '127.0.0.1');`,
      );
    });

    test.each(['express', 'fastify', 'hono', 'serve-next'])(
      '%s hands over what Meld signed',
      async (name) => {
        const port = await freePort();
        const url = `http://127.0.0.1:${port}/webhooks/meld`;
        await start(`guides/${name}.mjs`, { PORT: String(port), ...env() }, /^/);
        // Spaces that no parser would write again.
        const body = anEvent('conn-1').replaceAll(',', ' , ');
        const post = (headers: Record<string, string>) => fetch(url, { method: 'POST', body, headers });
        const answer = await until(`${name} listens`, () => post(signed(body)).catch(() => null));
        expect([answer.status, await answer.json()]).toEqual([200, { result: 'no_open_refresh' }]);
        const forged = await post({ ...signed(body), 'meld-signature': 'forged' });
        expect([forged.status, await forged.json()]).toEqual([401, { result: 'refused' }]);
      },
    );
  });
});
