import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { makeDataConverter, readPayloadKeys } from '../../src/temporal/data-converter';
import { aStack, type TestStack } from './support/a-stack';
import { ask } from './support/ask';
import { historyOf } from './support/histories';
import { anEvent, deliver } from './support/signed-webhook';
import { spellings } from './support/spellings';
import { databaseOf, testWithUi } from './support/database-of';
import { until } from './support/until';

const { History } = temporal.api.history.v1;
const { DescribeWorkflowExecutionResponse, ListWorkflowExecutionsResponse } = temporal.api.workflowservice.v1;

const CLI = path.resolve(__dirname, '../../dist/cli/main.js');
const aKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const KEYS = `${aKey('newer')},${aKey('older')}`;

/** What Temporal holds, by where one may look for it. */
interface Held {
  readonly histories: Buffer;
  readonly descriptions: Buffer;
  readonly list: Buffer;
  readonly database: Buffer;
}

const HISTORY = ['histories', 'database'] as const;
const CANARIES: readonly (readonly [what: string, text: string, where: readonly (keyof Held)[]])[] = [
  ['the input of a run', '86321s', HISTORY],
  ['the result of an activity and of a run, and the input of the next', 'First Canary Bank', HISTORY],
  ['what a signal carries', 'canary-event-1', HISTORY],
  ['the failure of an activity', 'Meld answered HTTP 507', HISTORY],
  ['the details of that failure', '"httpStatus":507', HISTORY],
  ['the failure of a run', 'canary-duration', HISTORY],
  ['the stack trace of that failure', 'workflows/refresh-connection.ts', HISTORY],
  ['the failure of an activity that is tried again', 'ECONNREFUSED', ['descriptions']],
  ['the summary of a run', 'Refresh canary-window', ['histories', 'descriptions', 'database']],
  ['the summary of an activity', 'deliver the outcome to the webhook', HISTORY],
  ['the memo', 'waiting_for_window', ['histories', 'descriptions', 'list', 'database']],
];

interface World {
  readonly stack: TestStack;
  readonly held: Held;
}

let plain: World;
let encrypted: World;

beforeAll(async () => {
  plain = await aWorld();
  encrypted = await aWorld(KEYS);
}, 120_000);
afterAll(async () => {
  await plain.stack.close();
  await encrypted.stack.close();
});

/** One refresh that ended after a failed read, one that waits for its window, one that failed, and an outcome untold. */
async function aWorld(payloadKeys?: string): Promise<World> {
  const stack = await aStack({
    // Nobody listens there: the delivery fails and is tried again.
    outcomeWebhook: { url: 'http://127.0.0.1:1/', secret: `whsec_${randomBytes(24).toString('base64')}` },
    ...(payloadKeys !== undefined && { payloadKeys }),
  });
  const { api, meld, webhooks, temporal: raw } = stack;
  await meld.createConnections([
    {
      id: 'canary-ended',
      institutionName: 'First Canary Bank',
      params: { reads: [{ read: 'error', status: 507 }, { read: 'found' }] },
    },
    { id: 'canary-window', scenario: 'mx_window', params: { windowMs: 1_800_000 } },
  ]);
  await api.start('canary-ended', { giveUpAfter: '86321s' });
  await api.result('canary-ended');
  await api.start('canary-window', { giveUpAfter: '10h' });
  await untilItWaits(stack, 'canary-window');
  const event = anEvent('canary-window', { eventId: 'canary-event-1' });
  expect((await deliver(webhooks, event)).json).toEqual({ result: 'delivered' });

  // No client lets this through.
  const dataConverter = makeDataConverter(readPayloadKeys(payloadKeys ?? ''));
  const client = new Client({ connection: raw.connection, dataConverter });
  const failing = client.workflow.execute('refreshConnection', {
    workflowId: 'refresh-connection-canary-failed',
    taskQueue: 'meld-refresh',
    args: [{ connectionId: 'canary-failed', giveUpAfter: 'canary-duration' }],
  });
  await expect(failing).rejects.toMatchObject({
    cause: { message: expect.stringContaining('canary-duration') },
  });
  return { stack, held: await whatIsHeld(stack) };
}

function untilItWaits({ api }: TestStack, connectionId: string): Promise<unknown> {
  return until('the refresh waited for its window', async () => {
    const { progress } = await api.read(connectionId);
    return progress?.phase === 'waiting_for_window' ? progress : null;
  });
}

/** Everything, as it goes over the wire and lies on the disk. */
async function whatIsHeld({ temporal: client, folder }: TestStack): Promise<Held> {
  const list = await until('all four runs were listed, and the outcome could not be told', async () => {
    const page = await client.workflowService.listWorkflowExecutions({ namespace: 'default' });
    const delivery = page.executions.find(({ type }) => type?.name === 'deliverOutcome')?.execution;
    if (page.executions.length < 4 || !delivery) return null;
    const { raw } = await client.workflow.getHandle(delivery.workflowId!).describe();
    return raw.pendingActivities?.[0]?.lastFailure ? page : null;
  });
  const histories: Uint8Array[] = [];
  const descriptions: Uint8Array[] = [];
  for (const { execution } of list.executions) {
    const handle = client.workflow.getHandle(execution!.workflowId!, execution!.runId!);
    histories.push(History.encode(await handle.fetchHistory()).finish());
    // Not by the SDK, which would decode the memo and fail.
    const described = await client.workflowService.describeWorkflowExecution({
      namespace: 'default',
      execution: execution!,
    });
    descriptions.push(DescribeWorkflowExecutionResponse.encode(described).finish());
  }
  return {
    histories: Buffer.concat(histories),
    descriptions: Buffer.concat(descriptions),
    list: Buffer.from(ListWorkflowExecutionsResponse.encode(list).finish()),
    database: databaseOf(folder),
  };
}

const holds = (bytes: Buffer, text: string) => spellings(text).some((spelled) => bytes.includes(spelled));

describe.each(CANARIES)('%s', (_what, text, where) => {
  test('can be read by anyone who reads Temporal when nothing is encrypted', () => {
    for (const place of where) expect([place, holds(plain.held[place], text)]).toEqual([place, true]);
  });

  test('is nowhere to be read when payloads are encrypted', () => {
    for (const [place, bytes] of Object.entries<Buffer>({ ...encrypted.held }))
      expect([place, holds(bytes, text)]).toEqual([place, false]);
  });
});

test('ids, search attributes and names stay readable: Temporal finds runs by them', () => {
  for (const bytes of Object.values<Buffer>({ ...encrypted.held }))
    for (const text of ['refresh-connection-canary-ended', 'refreshConnection', 'MeldProvider'])
      expect([text, bytes.includes(text)]).toEqual([text, true]);
});

test('every payload is encrypted with the first key', async () => {
  const histories = encrypted.held.histories.toString('latin1');
  expect(histories).toContain('binary/encrypted');
  expect(histories).toContain('newer');
  expect(histories).not.toContain('older');
  const events = await historyOf(encrypted.stack.temporal, 'canary-ended');
  expect(payloadsOf(events).length).toBeGreaterThan(10);
  expect(new Set(payloadsOf(events))).toEqual(new Set(['binary/encrypted']));
});

/** Search attributes are Temporal's to read, and `data` is what it notes itself of a local activity: when, which try. */
const TEMPORALS_OWN = new Set(['searchAttributes', 'data']);

/** The encodings of all payloads that are ours. */
function payloadsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return [];
  const { metadata } = node as { metadata?: { encoding?: Uint8Array } };
  if (metadata?.encoding) return [Buffer.from(metadata.encoding).toString()];
  return Object.entries(node).flatMap(([name, value]) => (TEMPORALS_OWN.has(name) ? [] : payloadsOf(value)));
}

describe('with the keys everything is as before', () => {
  test('over HTTP: results, descriptions and lists', async () => {
    const { api, apiKey } = encrypted.stack;
    expect((await api.result('canary-ended')).connection?.institutionName).toBe('First Canary Bank');
    expect((await api.read('canary-window')).progress).toMatchObject({
      phase: 'waiting_for_window',
      calls: 1,
    });
    const listed = await ask(`${api.url}/v1/refreshes?state=running`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    expect(listed.text).toContain('waiting_for_window');
  });

  test('over the HTTP API a second caller joins the run', async () => {
    expect((await encrypted.stack.api.start('canary-window')).disposition).toBe('joined');
  });

  test('on the command line', async () => {
    const { stdout } = await cli(['status', 'canary-ended', '--json'], { PAYLOAD_KEYS: KEYS });
    expect(stdout).toContain('First Canary Bank');
  });

  test('over the codec endpoint, for who has an API key', async () => {
    const { api, apiKey, temporal: raw } = encrypted.stack;
    const [started] = await historyOf(raw, 'canary-ended');
    const { input } = started!.workflowExecutionStartedEventAttributes!;
    const payloads = input!.payloads!.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(
        Object.entries(metadata!).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
      ),
      data: Buffer.from(data!).toString('base64'),
    }));
    const call = { method: 'POST', body: { payloads } } as const;
    expect((await ask(`${api.url}/codec/decode`, call)).status).toBe(401);
    const headers = { authorization: `Bearer ${apiKey}` };
    const { json } = await ask(`${api.url}/codec/decode`, { ...call, headers });
    const [decoded] = (json as { payloads: { data: string }[] }).payloads;
    expect(JSON.parse(Buffer.from(decoded!.data, 'base64').toString())).toMatchObject({
      giveUpAfter: '86321s',
    });
  });
});

testWithUi('the UI is told where its codec endpoint is, and its pages may ask there', async () => {
  const { uiUrl, api } = encrypted.stack;
  const settings = await until('the UI served', async () => {
    const answer = await ask(`${uiUrl}/api/v1/settings`).catch(() => null);
    return answer?.status === 200 ? answer : null;
  });
  expect(settings.json).toMatchObject({ Codec: { Endpoint: `${api.url}/codec` } });
  const preflight = await fetch(`${api.url}/codec/decode`, { method: 'OPTIONS', headers: { origin: uiUrl } });
  expect(preflight.headers.get('access-control-allow-origin')).toBe(uiUrl);
});

test.each([
  ['without keys', {}, 'PAYLOAD_KEYS is not set'],
  ['with other keys', { PAYLOAD_KEYS: aKey('another') }, 'PAYLOAD_KEYS holds only another'],
])('a program %s says which key it lacks, and shows nothing', async (_name, env, words) => {
  const { code, stdout, stderr } = await cli(['status', 'canary-ended'], env);
  expect(code).not.toBe(0);
  expect(stderr).toContain('encrypted with the key "newer" cannot be read');
  expect(stderr).toContain(words);
  expect(stdout + stderr).not.toContain('Canary Bank');
});

async function cli(args: readonly string[], env: NodeJS.ProcessEnv) {
  const { temporalAddress } = encrypted.stack;
  const surroundings = { PATH: process.env['PATH'], HOME: tmpdir(), TEMPORAL_ADDRESS: temporalAddress };
  return promisify(execFile)(process.execPath, [CLI, ...args], { env: { ...surroundings, ...env } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );
}

test('it can be switched on, and its key rotated, while a run is open', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'switching-'));
  const older = aKey('older');
  const connection = { id: 'long', scenario: 'mx_window', params: { windowMs: 1_800_000 } } as const;
  try {
    const off = await aStack({ folder });
    await off.meld.createConnections([connection]);
    const { runId } = await off.api.start('long', { giveUpAfter: '10h' });
    await untilItWaits(off, 'long');
    await off.close();

    const on = await aStack({ folder, payloadKeys: older });
    expect((await on.api.read('long')).progress?.phase).toBe('waiting_for_window');
    await on.meld.createConnections([{ ...connection, institutionName: 'Second Canary Bank' }]);
    expect((await on.api.start('long', { giveUpAfter: '11h' })).disposition).toBe('joined');
    await on.close();

    const rotated = await aStack({ folder, payloadKeys: `${aKey('newer')},${older}` });
    await rotated.meld.createConnections([{ ...connection, institutionName: 'Second Canary Bank' }]);
    await rotated.meld.aggregate('long');
    expect((await rotated.api.result('long')).outcome).toMatch(/refreshed|already_fresh/);
    expect((await rotated.api.read('long')).runId).toBe(runId);
    const history = History.encode({ events: [...(await historyOf(rotated.temporal, 'long'))] }).finish();
    for (const text of ['json/plain', 'older', 'newer'])
      expect([text, Buffer.from(history).includes(text)]).toEqual([text, true]);
    expect(Buffer.from(history).includes('Second Canary Bank')).toBe(false);
    await rotated.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);

describe('a payload key that was removed stands in nobody’s way', () => {
  const KEY = aKey('kept');
  const window = { scenario: 'mx_window', params: { windowMs: 1_800_000 } } as const;
  const LEFT = ['left-ended', 'left-open', 'left-to-cli', 'left-ended-to-cli'] as const;
  const [ENDED, OPEN, OPEN_TO_CLI, ENDED_TO_CLI] = LEFT;
  let folder: string;
  let stack: TestStack;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'removed-'));
    const connections = LEFT.map((id) => ({
      id,
      customerId: 'customer-left',
      ...(id.startsWith('left-ended') ? {} : window),
    }));
    const before = await aStack({ folder, payloadKeys: aKey('removed') });
    await before.meld.createConnections(connections);
    for (const id of LEFT) await before.api.start(id, { giveUpAfter: '10h' });
    for (const id of [ENDED, ENDED_TO_CLI]) await before.api.result(id);
    for (const id of [OPEN, OPEN_TO_CLI]) await untilItWaits(before, id);
    await before.close();
    stack = await aStack({ folder, payloadKeys: KEY });
    await stack.meld.createConnections(connections);
  }, 120_000);
  afterAll(async () => {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const http = (method: 'GET' | 'POST' | 'DELETE', route: string) =>
    ask(`${stack.api.url}/v1${route}`, {
      method,
      headers: { authorization: `Bearer ${stack.apiKey}` },
      ...(method === 'POST' && { body: {} }),
    });
  const run = (...args: readonly string[]) =>
    cli(args, { TEMPORAL_ADDRESS: stack.temporalAddress, PAYLOAD_KEYS: KEY });

  test('over HTTP: lists, reads, joins, cancels and starts', async () => {
    for (const route of ['/refreshes', `/connections/${OPEN}/refreshes`])
      expect(await http('GET', route)).toMatchObject({
        status: 200,
        json: {
          refreshes: expect.arrayContaining([
            expect.objectContaining({ connectionId: OPEN, progress: null }),
          ]),
        },
      });
    expect(await http('GET', `/connections/${OPEN}/refreshes/latest`)).toMatchObject({
      status: 200,
      json: { refresh: { state: 'running', progress: null } },
    });
    expect(await http('POST', `/connections/${OPEN}/refreshes`)).toMatchObject({
      status: 202,
      json: { disposition: 'joined' },
    });
    expect(await http('DELETE', `/connections/${OPEN}/refreshes/latest`)).toMatchObject({ status: 202 });
    expect(await http('POST', `/connections/${ENDED}/refreshes`)).toMatchObject({
      status: 202,
      json: { disposition: 'started' },
    });
    expect((await stack.api.result(ENDED)).outcome).toBe('refreshed');
  });

  test('for all connections of a customer', async () => {
    const { status, json } = await http('POST', '/customers/customer-left/refreshes');
    expect(status).toBe(202);
    const { refreshes } = json as { refreshes: { connectionId: string; disposition: string }[] };
    expect(refreshes.map(({ connectionId }) => connectionId).sort()).toEqual([...LEFT].sort());
    expect(refreshes.find(({ connectionId }) => connectionId === OPEN_TO_CLI)).toMatchObject({
      disposition: 'joined',
    });
  });

  test('on the command line', async () => {
    for (const command of [['list'], ['spend']]) expect(await run(...command)).toMatchObject({ code: 0 });
    // 8: the refresh is running.
    expect(await run('status', OPEN_TO_CLI)).toMatchObject({ code: 8 });
    expect(await run('refresh', OPEN_TO_CLI, '--no-wait')).toMatchObject({ code: 0 });
    expect(await run('cancel', OPEN_TO_CLI)).toMatchObject({ code: 0 });
    expect(await run('refresh', ENDED_TO_CLI)).toMatchObject({ code: 0 });
  });
});
