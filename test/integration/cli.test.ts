import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { ConnectionSpec } from '../../src/simulator/state/connection-spec';
import { freePort } from '../../src/dev/free-port';
import { RefreshClient } from '../../src/client';
import { collectGarbage } from '../support/collect-garbage';
import { httpAnswer, startStub } from '../unit/meld/meld-stub';
import { AUTHORIZED, aServer, closeServers } from '../unit/server/a-server';
import { resolveTemporalCli } from '../../src/dev/temporal-server/temporal-cli';
import { codeBlocks } from '../unit/docs/code-blocks';
import { startCliRig, type CliRig } from './support/cli-rig';
import { until } from './support/until';

const MAIN = path.resolve(__dirname, '../../dist/cli/main.js');

let rig: CliRig;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cli-'));
  rig = await startCliRig();
});

afterAll(async () => {
  await rig.close();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
function aConnection(spec: ConnectionSpec = {}): string {
  made += 1;
  return rig.simulator.createConnection({ id: `made-${made}`, ...spec }).id;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const WINDOW: ConnectionSpec = { scenario: 'mx_window', params: { windowMs: 1_800_000 } };

describe('refresh', () => {
  test.each<[number, string, ConnectionSpec, readonly string[]]>([
    [0, 'refreshed', {}, []],
    [0, 'already_fresh', {}, ['--max-age', '7d']],
    [3, 'repair_required', { scenario: 'repair' }, []],
    [4, 'not_refreshable', { status: 'DELETED' }, []],
    [4, 'not_found', { scenario: 'vanished' }, []],
    [5, 'rate_limited', WINDOW, ['--on-rate-limit', 'return']],
    [6, 'escalated', { params: { calls: [{ answer: 'error', status: 403 }] } }, []],
  ])('exits with %i when it ends %s', async (code, outcome, spec, options) => {
    const id = aConnection(spec);
    const ran = await rig.run(['refresh', id, ...options]);
    expect(ran).toMatchObject({
      code,
      stdout: expect.stringMatching(new RegExp(`^${id}  ${outcome}: .+\n$`)),
    });
    expect(ran.stderr).toMatch(new RegExp(`^${id}  started: run [0-9a-f-]+\n`));
  });

  test('tells progress one plain line a change, and the result as one line of JSON when asked', async () => {
    const id = aConnection({ scenario: 'slow', params: { aggregationMs: 1_500, answerDelayMs: 0 } });
    const ran = await rig.run(['refresh', id, '--json', '--products', 'balances']);
    expect(ran.stderr).toMatch(/ {2}waiting for data: /);
    expect(ran.stderr).not.toContain('before its first step');
    expect(ran.stderr).not.toContain('\u001b');
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      connectionId: id,
      disposition: 'started',
      state: 'ended',
      outcome: 'refreshed',
      result: { calls: [{ products: ['BALANCES'] }] },
    });
  });

  test('says of a refresh that waits for another caller why it does not return', async () => {
    const id = aConnection(WINDOW);
    await rig.run(['refresh', id, '--no-wait']);
    const { code, stderr } = await rig.run(['refresh', id, '--on-rate-limit', 'return', '--timeout', '5s']);
    expect(code).toBe(8);
    expect(stderr.match(/waits because another caller of this refresh said wait/g)).toHaveLength(1);
    await rig.refreshes.cancel(id);
  });

  test('stops waiting when its time is over, and the refresh goes on until it is canceled', async () => {
    const id = aConnection(WINDOW);
    const ran = await rig.run(['refresh', id, '--timeout', '500ms']);
    expect(ran.code).toBe(8);
    expect(ran.stderr).toContain(`Out of time: the refresh goes on in Temporal.`);
    expect(await rig.run(['status', id])).toMatchObject({ code: 8, stdout: expect.stringContaining('run ') });
    expect(await rig.run(['cancel', id])).toMatchObject({ code: 0, stdout: `${id}  cancel requested\n` });
    await rig.refreshes.wait(id, { timeoutMs: 10_000 });
    expect(await rig.run(['status', id, '--json'])).toMatchObject({
      code: 9,
      stdout: expect.stringContaining('"state":"canceled"'),
    });
    expect(await rig.run(['cancel', id])).toMatchObject({ code: 4 });
  });

  test('a key that came with another request is refused with code 2; in a bulk the others go on, with code 4', async () => {
    const [id, other] = [aConnection(), aConnection()];
    const key = ['--idempotency-key', 'key-of-one'];
    expect(await rig.run(['refresh', id, ...key])).toMatchObject({ code: 0 });
    const ran = await rig.run(['refresh', id, ...key, '--max-charges', '1']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('--idempotency-key: expected the request that this key first came with');

    const bulk = await rig.run(['refresh', id, other, ...key, '--max-charges', '1']);
    expect(bulk).toMatchObject({ code: 4, stdout: expect.stringContaining(`${id}  refused: `) });
    expect(bulk.stderr).toContain('2 of 2 ended: refreshed 1, refused 1.\n1 refused (it lacks a product');
    expect(bulk.stderr).toContain(`before): ${id}.\n`);
    expect(rig.simulator.ledger(id)).toHaveLength(1);
  });

  test('without waiting says which run each has, and how to wait for them', async () => {
    const [id, other] = [aConnection(), aConnection()];
    const one = await rig.run(['refresh', id, '--no-wait']);
    expect(one).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${id}  started: run [0-9a-f-]{36}\n$`)),
      stderr: '',
    });
    const ids = [id, other];
    const many = await rig.run(['refresh', ...ids, '--no-wait', '--json', '--idempotency-key', 'no-wait']);
    expect(many.code).toBe(0);
    const lines = many.stdout.trimEnd().split('\n');
    const dispositions = lines.map((line): unknown => JSON.parse(line));
    expect(dispositions).toContainEqual({
      connectionId: other,
      runId: expect.any(String),
      disposition: 'started',
    });
    expect(many.stderr).toBe(
      'Idempotency key: no-wait\n' +
        `2 of 2 started or joined: ${id}, ${other}.\n` +
        'To wait for them, give the same command without --no-wait within 24 hours with --idempotency-key no-wait: nothing is paid for twice.\n',
    );
  });

  test('of a customer takes all that Meld knows of', async () => {
    const ids = [1, 2, 3].map(() => aConnection({ customerId: 'cus-of-three' }));
    const ran = await rig.run(['refresh', '--customer', 'cus-of-three', '--json']);
    expect(ran.code).toBe(0);
    const lines = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ connectionId }) => connectionId).sort()).toEqual(ids);
    expect(lines.map(({ customerId }) => customerId)).toEqual(ids.map(() => 'cus-of-three'));
  });

  test('of a customer leaves out what cannot be refreshed or should not, and says why', async () => {
    const customerId = 'cus-mixed';
    const id = aConnection({ customerId });
    const deleted = aConnection({ customerId, status: 'DELETED' });
    const duplicate = aConnection({
      customerId,
      status: 'PARTIALLY_ACTIVE',
      statusReason: 'INACTIVE_DUPLICATE',
    });
    const ran = await rig.run(['refresh', '--customer', customerId, '--json']);
    expect(ran.code).toBe(0);
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ connectionId: id });
    expect(ran.stderr).toContain(`Skipped: ${deleted} (DELETED).`);
    expect(ran.stderr).toContain(`Skipped: ${duplicate} (INACTIVE_DUPLICATE).`);
    expect([deleted, duplicate].flatMap((one) => rig.simulator.ledger(one))).toEqual([]);
  });

  test('of a customer goes on past a connection of which Meld’s answer cannot be read', async () => {
    const id = aConnection();
    const connections = [{ id: 7 }, { id, status: 'ACTIVE' }];
    const stub = await startStub((socket) => socket.write(httpAnswer(200, { connections, remaining: 0 })));
    const ran = await rig.run(['refresh', '--customer', 'cus-odd', '--json'], {
      env: { MELD_BASE_URL: stub.url },
    });
    await stub.close();
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`"connectionId":"${id}"`) });
    expect(ran.stderr).toContain("Skipped: part of Meld's answer could not be read (connections.0: id");
  });

  test('with the key of an earlier use gets its refresh, which is not paid for again', async () => {
    const id = aConnection();
    const args = ['refresh', id, '--json', '--idempotency-key', 'transfer-7'];
    const first = JSON.parse((await rig.run(args)).stdout);
    const again = await rig.run(args);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ runId: first.runId, disposition: 'joined' });
    expect(rig.simulator.ledger(id)).toHaveLength(1);
    expect((await rig.run([...args, '--max-charges', '1'])).code).not.toBe(0);
  });

  test('tells what its own request is answered, though the wish of another caller made the run escalate', async () => {
    const id = aConnection({ products: ['BALANCES', 'TRANSACTIONS'], params: { aggregationMs: 3_600_000 } });
    // The other caller's products need a call of their own, which this run may not pay for.
    const call = rig.simulator.hold(id);
    const running = rig.run(['refresh', id, '--products', 'balances', '--max-charges', '1']);
    await call.held;
    const other = await rig.refreshes.refresh({ connectionId: id, products: ['TRANSACTIONS'] });
    const payload = { eventId: `event-of-${id}`, occurredAt: new Date().toISOString() };
    await rig.refreshes.signal(id, { signal: 'accountsUpdated', payload });
    call.release();

    expect(await running).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${id}  refreshed: the data came after 1 call`),
    });
    expect(await other.result()).toMatchObject({ outcome: 'escalated', reason: 'charge_limit' });
  });

  test.each<[readonly string[], string]>([
    [['refresh'], 'Which connections?'],
    [['refresh', '../x'], 'connectionId: expected 1 to 128 letters'],
    [
      ['refresh', '--customer', 'nobody'],
      '--customer: Meld knows no connection of nobody that can be refreshed.',
    ],
    [
      ['refresh', 'a', '--fresh-since', '2999-01-01T00:00:00Z'],
      '--fresh-since: expected an instant before the deadline',
    ],
    [
      ['refresh', 'a', '--max-age', '1h', '--fresh-since', '2026-03-01T12:00:00Z'],
      '--max-age: expected nothing beside',
    ],
    [
      ['refresh', 'a', '--max-age', 'soon'],
      "option '--max-age <duration>' argument 'soon' is invalid. Expected a duration",
    ],
    [['list', '--profile', 'no-such'], 'The Temporal profile cannot be read'],
    [['status', 'a b'], 'connectionId: expected 1 to 128 letters'],
    [['cancel', 'a', 'a b'], 'connectionId: expected 1 to 128 letters'],
    [['repair', 'a b'], 'connectionId: expected 1 to 128 letters'],
    [['list', '--outcome', 'fine'], 'Allowed choices are refreshed, already_fresh'],
    [['fresh'], "unknown command 'fresh'"],
  ])('%j is refused with code 2 and what was expected', async (args, message) => {
    const ran = await rig.run(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).not.toMatch(/\n {4}at /);
  });

  test('without Temporal says so and how to fix it, with code 7', async () => {
    const env = { TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` };
    const beganMs = Date.now();
    const ran = await rig.run(['status', 'con-1'], { env });
    expect(ran).toMatchObject({ code: 7, stdout: '' });
    expect(ran.stderr).toMatch(
      /^Temporal cannot be reached at .*: nothing listens there\. .*temporal server start-dev\n$/,
    );
    // gRPC alone takes its ten seconds.
    expect(Date.now() - beganMs).toBeLessThan(5_000);
  });

  test.each([
    [
      2,
      'a wish that contradicts another',
      ['refresh', 'a', 'b', '--max-age', '1h', '--fresh-since', '2026-01-01T00:00:00Z'],
      {},
    ],
    [7, 'a port that cannot be', ['status', 'con-1'], { TEMPORAL_ADDRESS: 'localhost:99999' }],
  ])('code %i before Temporal is asked: %s', async (code, _what, args, env) => {
    const nobody = { TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`, ...env };
    expect(await rig.run(args, { env: nobody })).toMatchObject({ code, stdout: '' });
  });

  test('a wrong variable is named, with code 2', async () => {
    const ran = await rig.run(['status', 'con-1'], { env: { REFRESH_POLICY: '{"maxCharges":0}' } });
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('REFRESH_POLICY.maxCharges') });
  });
});

test('list has columns for people and objects for programs', async () => {
  const id = aConnection({ customerId: 'cus-listed' });
  await rig.run(['refresh', id, '--customer', 'cus-listed']);
  // Visibility trails the runs by moments.
  const untilMs = Date.now() + 10_000;
  let listed = '';
  while (!listed.includes('refreshed') && Date.now() < untilMs) {
    listed = (await rig.run(['list', '--customer', 'cus-listed', '--json'])).stdout;
  }
  expect(JSON.parse(listed)).toMatchObject({ connectionId: id, outcome: 'refreshed', provider: 'PLAID' });
  const ran = await rig.run(['list', '--customer', 'cus-listed', '--state', 'ended']);
  expect(ran.stdout).toMatch(
    new RegExp(`^CONNECTION .+\n${id} +refreshed +1 +PLAID .+ UTC +the data came after 1 call\n$`),
  );
  const history = await rig.run(['list', '--connection', id, '--since', '1h', '--json']);
  expect(JSON.parse(history.stdout)).toMatchObject({ connectionId: id });
  const none = await rig.run([
    'list',
    '--connection',
    id,
    '--until',
    '1h',
    '--address',
    rig.env['TEMPORAL_ADDRESS']!,
  ]);
  expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'No refreshes found.\n' });
});

test('spend counts the charged calls of the runs that Temporal has', async () => {
  const untilMs = Date.now() + 10_000;
  const spent = async () =>
    (await rig.run(['spend', '--since', '1h', '--json'])).stdout.trimEnd().split('\n');
  const id = aConnection({ provider: 'SALTEDGE' });
  await rig.run(['refresh', id]);
  const ours = (lines: readonly string[]) => lines.find((line) => line.includes('SALTEDGE'));
  let lines = await spent();
  while (!ours(lines)?.includes('"charged":1') && Date.now() < untilMs) lines = await spent();
  expect(JSON.parse(ours(lines) ?? '{}')).toEqual({
    group: 'SALTEDGE',
    refreshes: 1,
    charged: 1,
    maybe: 0,
    withoutCall: 0,
    joins: 0,
    unread: 0,
  });
});

test("repair prints Meld's link and nothing else; Meld's refusals have codes", async () => {
  const ran = await rig.run(['repair', aConnection({ scenario: 'repair' })]);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/^https?:\/\/\S+\n$/);
  expect(await rig.run(['repair', 'nobody'])).toMatchObject({
    code: 4,
    stdout: '',
    stderr: expect.stringMatching(
      /404.*\. Check the id, the environment, and the status of the connection\.\n$/,
    ),
  });
  const env = { MELD_API_KEY: 'of-another-environment' };
  const refused = await rig.run(['repair', 'nobody'], { env });
  expect(refused).toMatchObject({
    code: 7,
    stdout: '',
    stderr: expect.stringMatching(/HTTP 401.*Check MELD_API_KEY/),
  });
  expect(refused.stderr).not.toContain('of-another');
});

test('setup makes what a namespace lacks, and changes nothing the second time', async () => {
  const connection = await Connection.connect({ address: rig.env['TEMPORAL_ADDRESS']! });
  const client = new Client({ connection });
  await client.workflowService.registerNamespace({
    namespace: 'bare',
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await connection.close();
  const env = { TEMPORAL_NAMESPACE: 'bare' };
  const untilMs = Date.now() + 30_000;
  let first = await rig.run(['setup'], { env });
  // A namespace is known everywhere moments after it was made.
  while (first.code !== 0 && Date.now() < untilMs) first = await rig.run(['setup'], { env });
  expect(first).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/ok {5}namespace bare: (made Meld|search)/),
  });
  expect(await rig.run(['setup'], { env })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('namespace bare: search attributes were there already'),
  });
  expect(await rig.run(['setup'], { env: { TEMPORAL_NAMESPACE: 'missing' } })).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('temporal operator namespace create'),
  });
}, 60_000);

test('ten seconds of waiting cost Temporal ten requests at most, and end on time under garbage collection', async () => {
  const counts: Record<string, number> = {};
  let who = '';
  const connect = Connection.connect.bind(Connection);
  const connecting = jest.spyOn(Connection, 'connect').mockImplementation(async (options) => {
    const mine = who;
    const count = (request: object, next: (request: object) => object): object => {
      counts[mine] = (counts[mine] ?? 0) + 1;
      return next(request);
    };
    const connection = await connect({ ...options, interceptors: [count as never] });
    // What it takes to connect is no part of the wait.
    counts[mine] = 0;
    return connection;
  });
  const as = <T>(name: string, begin: () => Promise<T>): Promise<T> => {
    who = name;
    return begin();
  };
  const connected = (name: string) => until(`${name} is connected`, () => counts[name] !== undefined || null);
  const address = rig.env['TEMPORAL_ADDRESS'] ?? '';
  const ids = Array.from({ length: 5 }, () => aConnection(WINDOW));
  const [forLibrary = '', forHttp = '', followed = '', ...many] = ids;
  for (const connectionId of [forLibrary, forHttp]) await rig.refreshes.refresh({ connectionId });

  const library = await as('library', () => Connection.connect({ address }));
  const http = await as('http', () => Connection.connect({ address }));
  const refreshesOf = (connection: Connection) => new RefreshClient({ client: new Client({ connection }) });
  const { app } = await aServer({ refreshes: refreshesOf(http) });
  const collecting = setInterval(collectGarbage, 200);
  try {
    const waits = [
      refreshesOf(library).wait(forLibrary, { timeoutMs: 10_000 }),
      app.inject({ url: `/v1/connections/${forHttp}/refreshes/latest?wait=10`, headers: AUTHORIZED }),
    ] as const;
    const follower = as('follower', () => rig.run(['refresh', followed, '--timeout', '10s']));
    await connected('follower');
    const bulk = as('bulk', () => rig.run(['refresh', ...many, '--timeout', '10s']));
    expect(await waits[0]).toMatchObject({ state: 'running' });
    expect((await waits[1]).json()).toMatchObject({ refresh: { state: 'running' } });
    expect(await follower).toMatchObject({ code: 8, stderr: expect.stringContaining('Out of time') });
    expect(await bulk).toMatchObject({ code: 8 });
  } finally {
    clearInterval(collecting);
    connecting.mockRestore();
    await closeServers();
    await Promise.all([library.close(), http.close()]);
  }
  process.stdout.write(`requests to Temporal in ten seconds: ${JSON.stringify(counts)}\n`);
  expect(Object.keys(counts)).toEqual(['library', 'http', 'follower', 'bulk']);
  for (const [name, count] of Object.entries(counts)) {
    expect(count).toBeGreaterThan(0);
    // Two refreshes in bulk are two that are waited for.
    expect(count).toBeLessThanOrEqual(name === 'bulk' ? 20 : 10);
  }
});

describe('doctor', () => {
  test('finds nothing wrong where nothing is', async () => {
    const { code, stdout } = await rig.run(['doctor']);
    expect(stdout).not.toContain('wrong');
    expect(stdout).toContain('ok     task queue meld-refresh: a worker asked for work lately');
    expect(stdout).toContain('ok     task queue meld-refresh-calls: a worker asked for work lately');
    expect(stdout).toContain(`ok     Meld: reached at ${rig.simulator.url}, the key is taken`);
    expect(stdout).toContain("ok     Meld's clock: agrees");
    expect(stdout).toContain("ok     signatures: Meld's published example verifies");
    expect(code).toBe(0);
  });

  const webhooks = (url: string) => ({ MELD_WEBHOOK_URL: url, MELD_WEBHOOK_SECRETS: 'secret-of-webhooks' });

  test.each<[string, NodeJS.ProcessEnv, number, string]>([
    ['a variable', { PORT: 'web' }, 2, 'PORT: expected a port, 0 to 65535, received "web"'],
    ['the key', { MELD_API_KEY: 'of-another' }, 7, 'wrong  Meld: '],
    ['the way to Meld', { MELD_BASE_URL: 'http://127.0.0.1:9' }, 7, 'Check the network, and MELD_BASE_URL'],
    ['the namespace', { TEMPORAL_NAMESPACE: 'no-such' }, 7, 'temporal operator namespace create'],
    ['the webhook URL', webhooks('http://example.com/webhooks/meld'), 2, 'is not https'],
  ])('says how to fix %s', async (_name, env, code, text) => {
    const ran = await rig.run(['doctor'], { env });
    expect(ran.stdout).toContain(text);
    expect(ran.stdout).not.toMatch(/of-another|secret-of-webhooks/);
    // What follows from something else is not blamed.
    expect(ran.stdout.match(/^wrong/gm)).toHaveLength(1);
    expect(ran.code).toBe(code);
  });

  test('notes what may be missing without calling it wrong', async () => {
    const env = { MELD_API_KEY: '', MELD_BASE_URL: '', TEMPORAL_TASK_QUEUE: 'nobody-there' };
    const { code, stdout } = await rig.run(['doctor'], { env });
    expect(stdout).toContain('note   Meld: no key.');
    expect(stdout).toContain('To start one: meld-refresh worker');
    expect(code).toBe(0);
  });
});

describe('the program itself', () => {
  /** The program's own environment and the rig's, and nothing of the person who runs the tests. */
  const env = () => ({
    ...rig.env,
    PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
  });

  beforeAll(() => {
    mkdirSync(path.join(folder, 'bin'));
    const shim = `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`;
    writeFileSync(path.join(folder, 'bin', 'meld-refresh'), shim, { mode: 0o755 });
  });

  test('heeds SIGINT in the middle of a bulk, and goes on with the key that it names', async () => {
    const ids = [aConnection(), aConnection(WINDOW)];
    const bulk = spawn('meld-refresh', ['refresh', ...ids], { env: env() });
    let stderr = '';
    bulk.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [line] = (await once(bulk.stdout, 'data')) as [Buffer];
    expect(line.toString()).toBe(`${ids[0]!}  refreshed: the data came after 1 call\n`);
    bulk.kill('SIGINT');
    expect(await once(bulk, 'close')).toEqual([8, null]);
    expect(stderr).toContain(`1 still running in Temporal: ${ids[1]!}.`);
    const [, key = ''] = /To go on, .* --idempotency-key (\S+):/.exec(stderr) ?? [];

    await rig.refreshes.cancel(ids[1]!);
    const again = await rig.run(['refresh', ...ids, '--idempotency-key', key]);
    expect(again.code).toBe(9);
    expect(again.stdout).toContain(`${ids[0]!}  refreshed: the data came after 1 call\n`);
    expect(again.stdout).toMatch(
      new RegExp(`^${ids[1]!} {2}canceled: it ended at .* UTC without a result; no call is charged$`, 'm'),
    );
    expect(again.stdout.split('\n')).toHaveLength(3);
  });

  test('every example of its page runs', async () => {
    const page = readFileSync(path.resolve(__dirname, '../../docs/cli.md'), 'utf8');
    rig.simulator.createConnections([
      { id: 'con-1', customerId: 'cus-1' },
      { id: 'con-2', customerId: 'cus-1' },
      { id: 'con-slow', ...WINDOW },
      { id: 'con-broken', scenario: 'repair' },
    ]);
    writeFileSync(path.join(folder, 'ids.txt'), 'con-1\ncon-2\n');
    const blocks = [...page.matchAll(/```sh\n([^`]+)```/g)].map(([, block]) => block!);
    expect(blocks.length).toBeGreaterThan(6);
    for (const block of blocks) {
      await promisify(execFile)('sh', ['-e', '-c', block], { env: env(), cwd: folder });
    }
    const outcomes = readFileSync(path.join(folder, 'outcomes.jsonl'), 'utf8').trimEnd().split('\n');
    expect(outcomes.map((outcome) => JSON.parse(outcome).connectionId).sort()).toEqual(['con-1', 'con-2']);
    // Some twenty programs, one after the other.
  }, 120_000);

  test('every command of the runbook runs, and prints what its page says', async () => {
    rig.simulator.createConnections([
      { id: 'con-denied', params: { calls: [{ answer: 'error', status: 403 }] } },
      { id: 'con-window', ...WINDOW },
    ]);
    await rig.run(['refresh', 'con-denied']);
    await rig.run(['refresh', 'con-window', '--no-wait']);
    const client = new Client({
      connection: await Connection.connect({ address: rig.env['TEMPORAL_ADDRESS']! }),
    });
    const shown =
      'ExecutionStatus = "Running" AND MeldNextRefreshAt IS NOT NULL AND MeldConnectionId = "con-window"';
    await until('the window shows', async () => (await client.workflow.count(shown)).count || null);
    await client.connection.close();

    const blocks = codeBlocks('docs/operations.md').filter(({ info }) =>
      /^(sh runbook|text)$/.test(info.join(' ')),
    );
    expect(blocks.length).toBeGreaterThan(14);
    const searchPath = `${path.dirname(await resolveTemporalCli())}:${env().PATH}`;
    let printed = '';
    for (const { info, line, code } of blocks) {
      if (info[0] === 'sh') {
        const settings = { env: { ...env(), PATH: searchPath }, cwd: folder };
        // Some exit as the refresh ended: what they print is what counts.
        const { stdout, stderr } = await promisify(execFile)('sh', ['-c', code], settings).catch(
          (error: unknown) => Object(error) as { readonly stdout: string; readonly stderr: string },
        );
        printed = stdout + stderr;
        continue;
      }
      const said = printed.split('\n').map((text) => text.replace(/ +/g, ' '));
      for (const expected of code.trimEnd().split('\n')) {
        const pattern = expected.replace(/ +/g, ' ').split('…').map(escaped).join('.*');
        expect({ line, said }).toEqual({
          line,
          said: expect.arrayContaining([expect.stringMatching(`^${pattern}$`)]),
        });
      }
    }
  }, 120_000);

  test('a completion script can be sourced again, also beside that of another program', async () => {
    const source = 'source <(meld-refresh complete bash)';
    const { stderr } = await promisify(execFile)(
      'bash',
      ['-c', `${source}; ${source}; complete -p meld-refresh`],
      {
        env: env(),
      },
    );
    expect(stderr).toBe('');
  });

  test('completes what is typed in bash, and runs nothing of it', async () => {
    const written = path.join(folder, 'written');
    const type = (...words: readonly string[]) => {
      const typed = ['meld-refresh', ...words].map((word) => `'${word}'`).join(' ');
      return `COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _meld_refresh; echo "\${COMPREPLY[*]}"`;
    };
    const script = [
      'source <(meld-refresh complete bash)',
      type('sp'),
      type('list', '--state', '=', 'en'),
      type('--address', 'here:7233', 'refresh', '--max-'),
      type(`$(touch ${written})`, ''),
      type('status', `\`touch ${written}\``, '--r'),
      type('--since', `=`, `7d;touch ${written}`),
    ].join('\n');
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { env: env() });
    expect([stderr, ...stdout.split('\n').slice(0, -1)]).toEqual([
      '',
      'spend',
      'ended',
      '--max-age --max-charges',
      expect.stringMatching(/^refresh status list /),
      '--run',
      '',
    ]);
    expect(existsSync(written)).toBe(false);
  }, 60_000);

  test.each(['start', 'worker', 'server', 'simulator'] as const)(
    'npm run %s says which file of variables is not there, with code 2: Node would end with 9',
    async (name) => {
      const root = path.resolve(__dirname, '../..');
      const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      // `start` builds first.
      const command = `${scripts[name]!.split(' && ').at(-1)!} --env-file no-such.env`;
      const ran = promisify(execFile)('sh', ['-c', command], { env: env(), cwd: root });
      await expect(ran).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^--env-file: expected a file .*no-such\.env/),
      });
    },
  );

  test('-e names a file of variables that Node itself does not look for', async () => {
    const ran = promisify(execFile)('meld-refresh', ['list', '-e', 'no-such.env'], { env: env() });
    await expect(ran).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^--env-file: expected a file .*no-such\.env.*Check the path/),
    });
  });

  test('flaky and down end as the page of the simulator says, with the policy that it names', async () => {
    const block = codeBlocks('docs/simulator.md').find(({ info }) => info[1] === 'policy');
    const [, named = ''] = /REFRESH_POLICY='([^']+)'/.exec(block?.code ?? '') ?? [];
    // No webhooks come here: what they would tell is found by quick polls.
    const { poll, settle } = JSON.parse(rig.env['REFRESH_POLICY']!);
    const REFRESH_POLICY = JSON.stringify({ poll, settle, ...JSON.parse(named) });
    const [flaky, down] = [aConnection({ scenario: 'flaky' }), aConnection({ scenario: 'down' })];
    const ran = await rig.run(['refresh', flaky, down, '--json'], { env: { REFRESH_POLICY } });
    const ends = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).result);
    expect(ends).toContainEqual(expect.objectContaining({ connectionId: flaky, outcome: 'refreshed' }));
    expect(ends).toContainEqual(
      expect.objectContaining({ connectionId: down, outcome: 'escalated', reason: 'connection_degraded' }),
    );
  }, 60_000);

  test('runs a process in place of itself: its signals and its end are its own', async () => {
    const simulator = spawn('meld-refresh', ['simulator'], { env: { ...env(), PORT: '0' } });
    const [line] = (await once(simulator.stdout, 'data')) as [Buffer];
    const [, url = ''] = /^Simulated Meld at (http:\S+),/.exec(line.toString()) ?? [];
    // Once it answers, it heeds signals too.
    expect((await fetch(`${url}/_control/health`)).status).toBe(200);
    simulator.kill('SIGTERM');
    expect(await once(simulator, 'close')).toEqual([0, null]);

    const worker = spawn('meld-refresh', ['worker'], { env: { ...env(), MELD_API_KEY: '' } });
    let stderr = '';
    worker.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    expect(await once(worker, 'close')).toEqual([1, null]);
    expect(stderr).toContain('MELD_API_KEY');
  });
});
