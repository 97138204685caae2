import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { databaseOf } from './support/database-of';
import { aStack, type TestStack } from './support/a-stack';
import { ask } from './support/ask';
import { anEvent, deliver } from './support/signed-webhook';
import { spellings } from './support/spellings';

const { History } = temporal.api.history.v1;
const { DescribeWorkflowExecutionResponse } = temporal.api.workflowservice.v1;

let stack: TestStack;
/** What must be nowhere. */
const canaries = new Map<string, string>();
/** What must be there: else the search would not find a canary either. */
let connectionIds: string[];

beforeAll(async () => {
  stack = await aStack({ logLevel: 'trace', meldTimeout: '3s' });
  const { api, meld, apiKey, meldApiKey, webhooks } = stack;
  canaries
    .set('MELD_API_KEY', meldApiKey)
    .set('MELD_WEBHOOK_SECRETS', webhooks.secret)
    .set('API_KEYS', apiKey);

  const repaired = await meld.createConnections([
    { scenario: 'repair' },
    { scenario: 'healthy', status: 'DEGRADED', statusReason: 'INTERACTIVE_REFRESH' },
  ]);
  const connections = await meld.createConnections([
    { scenario: 'healthy' },
    { scenario: 'flaky' },
    { scenario: 'mx_window', params: { windowMs: 1_000 } },
    { scenario: 'down' },
    { scenario: 'lost_answer', params: { lostAnswer: 'cut' } },
    { scenario: 'vanished' },
    // Every kind of answer that an error report could quote.
    {
      params: {
        reads: [{ read: 'error', status: 500 }, { read: 'cut' }, { read: 'garbled' }, { read: 'found' }],
      },
    },
    { params: { calls: [{ answer: 'garbled' }] } },
    { params: { calls: [{ answer: 'error', status: 401 }] } },
    { params: { calls: [{ answer: 'error', status: 302 }] } },
    { params: { reads: [{ read: 'error', status: 403 }] } },
  ]);
  connectionIds = [...repaired, ...connections].map(({ id }) => id);
  const ends = connectionIds.map(async (id) => {
    await api.start(id);
    return api.result(id);
  });

  for (const { id } of repaired) {
    const link = await api.repair(id);
    expect(link.status).toBe(200);
    const { connectToken, widgetUrl } = JSON.parse(link.text);
    canaries.set(`connectToken of ${id}`, connectToken).set(`widgetUrl of ${id}`, widgetUrl);
  }
  // Secrets where they do not belong are the ones that get quoted.
  const bearer = { authorization: `Bearer ${apiKey}` };
  const [first] = connectionIds;
  const wrong = await Promise.all([
    ask(`${api.url}/v1/connections/${first}/refreshes`, {
      method: 'POST',
      headers: bearer,
      body: { apiKey },
    }),
    ask(`${api.url}/v1/connections/${first}/refreshes`, { method: 'POST', headers: bearer, body: '{"x":' }),
    ask(`${api.url}/v1/refreshes?state=${apiKey}`, { headers: bearer }),
    ask(`${api.url}/v1/refreshes?key=${apiKey}`),
    ask(`${api.url}/v1/refreshes`, { headers: { authorization: `Basic ${apiKey}` } }),
    ask(`${api.url}/v1/refreshes`, { headers: { authorization: `Bearer ${apiKey}-and-more` } }),
    ask(webhooks.url, {
      method: 'POST',
      body: anEvent('any'),
      headers: { 'meld-signature': webhooks.secret },
    }),
    deliver({ ...webhooks, secret: meldApiKey }, anEvent('any')),
  ]);
  expect(wrong.map(({ status }) => Math.floor(status / 100))).toEqual(wrong.map(() => 4));
  for (const [name, canary] of canaries)
    for (const { text } of wrong) expect([name, text.includes(canary)]).toEqual([name, false]);
  await Promise.all(ends);
});
afterAll(() => stack.close());

/** The canaries that the bytes hold, as they are or in the encodings that a log or a header would use. */
function found(bytes: Buffer): string[] {
  return [...canaries]
    .filter(([, canary]) => spellings(canary).some((text) => bytes.includes(text)))
    .map(([name]) => name);
}

async function runsOf(client: Client): Promise<Map<string, Buffer>> {
  const runs = new Map<string, Buffer>();
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const history = Buffer.from(History.encode(await handle.fetchHistory()).finish());
    const { raw } = await handle.describe();
    const description = Buffer.from(DescribeWorkflowExecutionResponse.encode(raw).finish());
    runs.set(workflowId, Buffer.concat([history, description]));
  }
  return runs;
}

test('no secret is in any history, memo or search attribute', async () => {
  const runs = await runsOf(stack.temporal);
  expect(runs.size).toBe(connectionIds.length);
  for (const id of connectionIds) expect(runs.get(`refresh-connection-${id}`)?.includes(id)).toBe(true);
  for (const [workflowId, bytes] of runs) expect([workflowId, found(bytes)]).toEqual([workflowId, []]);
});

test('no secret is in any log', () => {
  const logs = [stack.worker, stack.server, stack.simulator, stack.dev].map(({ logFile }) => logFile);
  for (const file of logs) expect([file, found(readFileSync(file))]).toEqual([file, []]);
  for (const { logFile } of [stack.worker, stack.server]) {
    expect(readFileSync(logFile).includes(connectionIds[0]!)).toBe(true);
  }
});

test('no secret is in any file, the database of Temporal included', () => {
  const files = readdirSync(stack.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const bytes = files.map((file) => readFileSync(file));
  files.forEach((file, index) => expect([file, found(bytes[index]!)]).toEqual([file, []]));
  const database = databaseOf(stack.folder);
  expect(found(database)).toEqual([]);
  for (const id of connectionIds) expect(database.includes(id)).toBe(true);
});

test('the search finds a secret, however it is spelled', () => {
  for (const [name, canary] of canaries) {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const text = Buffer.from(`${before}${canary}:after`);
      expect(found(text)).toContain(name);
      expect(found(Buffer.from(text.toString('base64')))).toContain(name);
      expect(found(Buffer.from(text.toString('base64url')))).toContain(name);
      expect(found(Buffer.from(text.toString('hex')))).toContain(name);
    }
  }
});
