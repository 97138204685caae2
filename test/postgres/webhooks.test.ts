import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import { makeSender } from '../../bench/deliveries';
import { cpuMs } from '../../bench/processes';
import { freePort } from '../../src/dev/free-port';
import { createConnections } from '../../src/dev/stack/simulator-controls';
import { type SimulatedStack, startStack } from '../../src/dev/stack/start-stack';
import { mapConcurrent } from '../../src/lib/map-concurrent';
import { ask } from '../integration/support/ask';
import { childrenOf } from '../integration/support/a-program';

jest.setTimeout(300_000);

const DELIVERIES = 2_000;
const REFRESHES = 100;
const CONCURRENCY = 16;
/** 5 s: Temporal's own work, which goes on without us, is measured that long, and taken off. */
const IDLE_MS = 5_000;

let stack: SimulatedStack;
let metricsUrl: string;
beforeAll(async () => {
  const endpoint = `127.0.0.1:${await freePort()}`;
  metricsUrl = `http://${endpoint}/metrics`;
  process.env['PROMETHEUS_ENDPOINT'] = endpoint;
  stack = await startStack({
    policy: { settle: '0s' },
    logLevel: 'warn',
    env: { server: { API_RATE_LIMIT: '1000000' } },
  });
});
afterAll(async () => {
  await stack.stop();
  rmSync(stack.folder, { recursive: true, force: true });
});

/** Processor time so far, in ms. */
function cpuNow(): Record<'server' | 'worker' | 'Temporal' | 'PostgreSQL', number> {
  const postmaster = Number(process.env['POSTGRES_PID']);
  return {
    server: cpuMs(stack.server.pid),
    worker: cpuMs(stack.worker.pid),
    Temporal: cpuMs(stack.temporal.pid),
    PostgreSQL: [postmaster, ...childrenOf(postmaster)].reduce((sum, pid) => sum + cpuMs(pid), 0),
  };
}

async function requestsNow(): Promise<number> {
  const { body } = await request(metricsUrl);
  const lines = (await body.text()).split('\n');
  const ours =
    /^service_requests\{.*operation="(Signal|Start|Describe)WorkflowExecution".*service_name="frontend"/;
  return lines
    .filter((line) => ours.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').pop()), 0);
}

/** What one of `count` takes of each process, in ms; Temporal's work without us is taken off. */
async function costOf(count: number, work: () => Promise<unknown>) {
  const idleFrom = cpuNow();
  await pause(IDLE_MS);
  const [from, requestsFrom, beganMs] = [cpuNow(), await requestsNow(), performance.now()];
  await work();
  const [to, tookMs] = [cpuNow(), performance.now() - beganMs];
  const of = (name: keyof typeof to) =>
    (to[name] - from[name] - ((from[name] - idleFrom[name]) / IDLE_MS) * tookMs) / count;
  const cpu = {
    server: of('server'),
    worker: of('worker'),
    Temporal: of('Temporal'),
    PostgreSQL: of('PostgreSQL'),
  };
  const total = Object.values(cpu).reduce((sum, ms) => sum + ms, 0);
  return {
    cpu,
    total,
    perSecond: (count / tookMs) * 1_000,
    requests: ((await requestsNow()) - requestsFrom) / count,
  };
}

test('a webhook without an open run costs one request to Temporal, and no history', async () => {
  const ids = Array.from({ length: REFRESHES }, (_, n) => `refreshed-${n}`);
  await createConnections(
    stack.simulatorUrl,
    ids.map((id) => ({ id, scenario: 'healthy', params: { aggregationMs: 0 } })),
  );
  const refresh = (id: string) =>
    ask(`${stack.apiUrl}/v1/connections/${id}/refreshes`, { method: 'POST', headers: { prefer: 'wait=50' } });
  const sender = makeSender({
    url: `${stack.apiUrl}/webhooks/meld`,
    secret: stack.secrets.webhookSecret,
    connectionIds: ['nobody-refreshes-it'],
  });
  // Code that has not run yet is slow.
  await mapConcurrent(ids.slice(0, 10), CONCURRENCY, refresh);
  await sender.closedLoop(200, CONCURRENCY);

  const delivery = await costOf(DELIVERIES, () => sender.closedLoop(DELIVERIES, CONCURRENCY));
  const refreshed = await costOf(REFRESHES - 10, () => mapConcurrent(ids.slice(10), CONCURRENCY, refresh));
  for (const [name, { cpu, total, perSecond, requests }] of Object.entries({ delivery, refreshed })) {
    const each = Object.entries(cpu).map(([process, ms]) => `${process} ${ms.toFixed(2)}`);
    process.stdout.write(
      `one ${name}: ${total.toFixed(2)} ms of processor time (${each.join(', ')}), ` +
        `${requests.toFixed(2)} requests that start, signal or describe, ${perSecond.toFixed(0)}/s\n`,
    );
  }
  process.stdout.write(
    `a refresh costs as much as ${(refreshed.total / delivery.total).toFixed(0)} deliveries\n`,
  );
  expect(delivery.requests).toBe(1);
  const { text } = await ask(`${stack.apiUrl}/v1/connections/nobody-refreshes-it/refreshes`);
  expect(JSON.parse(text)).toMatchObject({ refreshes: [] });
});
