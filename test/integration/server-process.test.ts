import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Client } from '@temporalio/client';
import { signWebhook } from '../../src/simulator/webhooks/sign-webhook';
import { connectClient } from '../../src/temporal/connect';
import { startDevServer, type DevServer } from '../../src/dev/temporal-server/dev-server';
import { freePort } from '../../src/dev/free-port';

const CANARIES = {
  MELD_API_KEY: 'canary-of-meld-0123456789',
  MELD_WEBHOOK_SECRETS: 'canary-of-webhooks-0123456789',
  API_KEYS: 'canary-of-callers-0123456789',
};
const AUTHORIZATION = { authorization: `Bearer ${CANARIES.API_KEYS}` };
const WEBHOOK_URL = 'https://hooks.example.com/meld';
/** 20 s: the whole of a start on a busy machine, connecting in vain included. */
const WITHIN_MS = 20_000;

let temporal: DevServer;
beforeAll(async () => {
  temporal = await startDevServer({ ui: 'off' });
});
afterAll(async () => {
  await temporal.stop();
});

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** The built server, with nothing of this process' environment that could reach it by accident. */
async function startServer(env: NodeJS.ProcessEnv = {}) {
  const port = String(await freePort());
  const child = spawn(process.execPath, ['dist/server/main.js'], {
    env: {
      PATH: process.env['PATH'],
      ...CANARIES,
      MELD_BASE_URL: 'http://127.0.0.1:9',
      MELD_WEBHOOK_URL: WEBHOOK_URL,
      TEMPORAL_ADDRESS: temporal.address,
      PORT: port,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, stdout, stderr };
  });
  const lines = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((text) => JSON.parse(text));
  const started = new Promise<Record<string, unknown>>((resolve, reject) => {
    const fail = () => reject(new Error(`it did not start:\n${stdout}${stderr}`));
    const timer = setTimeout(fail, WITHIN_MS);
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
      const line = lines().find(({ msg }) => msg === 'server started');
      if (line === undefined) return;
      clearTimeout(timer);
      resolve(line);
    });
    void ended.then(() => {
      clearTimeout(timer);
      fail();
    });
  });
  started.catch(() => undefined);
  return { child, url: `http://127.0.0.1:${port}`, started, ended };
}

test('the server says where it listens, serves, and ends gracefully with code 0 on SIGTERM', async () => {
  const server = await startServer();
  expect(await server.started).toMatchObject({
    address: server.url,
    namespace: 'default',
    temporal: temporal.address,
    webhooks: WEBHOOK_URL,
    open: false,
  });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
  const metrics = await (await fetch(`${server.url}/metrics`, { headers: AUTHORIZATION })).text();
  expect(metrics).toMatch(/^process_cpu_seconds_total/m);
  expect(metrics).toMatch(/^meld_refresh_http_request_duration_seconds_count/m);

  server.child.kill('SIGTERM');
  const { code, stdout, stderr } = await server.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('server stopped');
  expect(stdout).not.toContain('canary');
});

test('a request that waits is answered when the server is told to stop, which does not hold it up', async () => {
  const connection = await connectClient(temporal.target);
  // No worker is there: the run stays as it is.
  const run = await new Client({ connection }).workflow.start('refreshConnection', {
    taskQueue: 'meld-refresh',
    workflowId: 'refresh-connection-held',
    args: [{ connectionId: 'held' }],
  });
  const server = await startServer();
  await server.started;
  const path = '/v1/connections/held/refreshes/latest';
  const held = fetch(`${server.url}${path}?wait=60`, { headers: AUTHORIZATION });
  // The server takes them in turn: this answer says that the other request is in.
  await fetch(`${server.url}${path}`, { headers: AUTHORIZATION });

  const toldAt = performance.now();
  server.child.kill('SIGINT');
  const answer = await held;
  expect([answer.status, JSON.parse(await answer.text()).refresh.state]).toEqual([200, 'running']);
  const { code, stderr } = await server.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(performance.now() - toldAt).toBeLessThan(5_000);
  await run.terminate();
  await connection.close();
});

test.each([
  [
    'Temporal cannot be reached',
    { TEMPORAL_ADDRESS: '127.0.0.1:9' },
    /cannot be reached at 127\.0\.0\.1:9: nothing listens there/,
  ],
  [
    'the namespace is missing',
    { TEMPORAL_NAMESPACE: 'nowhere' },
    /no namespace "nowhere".*namespace create/s,
  ],
  ['others could reach it without a key', { HOST: '0.0.0.0', API_KEYS: '' }, /API_KEYS/],
  ['a variable is wrong', { PORT: 'http' }, /PORT/],
  ['the port is taken', { PORT: 'temporal' }, /cannot listen on 127\.0\.0\.1/],
  ['the address is not its own', { HOST: '192.0.2.1' }, /HOST and PORT: .*an address of this machine/],
])('it ends with code 1 and says what to do when %s', async (_name, env, message) => {
  const port = temporal.address.split(':')[1] ?? '';
  const server = await startServer('PORT' in env && env.PORT === 'temporal' ? { PORT: port } : env);
  const { code, stdout, stderr } = await server.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(stdout + stderr).not.toContain('canary');
});

test('without Temporal it is alive, not ready, asks for webhooks again within their time, and still ends well', async () => {
  const short = await startDevServer({ ui: 'off' });
  const server = await startServer({ TEMPORAL_ADDRESS: short.address });
  await server.started;
  await short.kill();

  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const ready = await fetch(`${server.url}/readyz`);
  expect([ready.status, ready.headers.get('content-type')]).toEqual([
    503,
    'application/problem+json; charset=utf-8',
  ]);
  const start = await fetch(`${server.url}/v1/connections/any/refreshes`, {
    method: 'POST',
    headers: AUTHORIZATION,
  });
  expect(start.status).toBe(503);

  const before = performance.now();
  const timestamp = new Date().toISOString();
  const body = JSON.stringify({
    eventType: 'BANK_LINKING_ACCOUNTS_UPDATED',
    eventId: 'event-1',
    timestamp,
    payload: { connectionId: 'any' },
  });
  const secret = CANARIES.MELD_WEBHOOK_SECRETS;
  const signature = signWebhook({ secret, timestamp, url: WEBHOOK_URL, body });
  const webhook = await fetch(`${server.url}/webhooks/meld`, {
    method: 'POST',
    body,
    headers: { 'meld-signature': signature, 'meld-signature-timestamp': timestamp },
  });
  expect(webhook.status).toBe(503);
  // Meld counts an answer after ten seconds as none.
  expect(performance.now() - before).toBeLessThan(8_000);

  server.child.kill('SIGTERM');
  const { code, stderr } = await server.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
