import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { deliveryWorkflowId } from '../../src/workflows/messages';
import { documentedMetrics } from '../unit/docs/documented-metrics';
import { aStack, type TestStack } from './support/a-stack';
import { historyOf } from './support/histories';
import { startOutcomeReceiver, type OutcomeReceiver, type ReceivedOutcome } from './support/outcome-receiver';
import { until } from './support/until';

const SECRET = `whsec_${Buffer.from('a secret that only we two know').toString('base64')}`;

let receiver: OutcomeReceiver;
let stack: TestStack;
beforeAll(async () => {
  receiver = await startOutcomeReceiver();
  stack = await aStack({
    policy: { completionWait: '1s' },
    outcomeWebhook: { url: receiver.url, secret: SECRET },
  });
});
afterAll(async () => {
  await stack.close();
  await receiver.close();
});

const told = (id: string, count: number): Promise<ReceivedOutcome[]> =>
  until(`the receiver heard ${count} times of ${id}`, () => {
    const about = receiver.about(id);
    return about.length >= count ? about : null;
  });

/** What the receiver makes of it. @throws when the signature is not the sender's */
const verified = ({ headers, body }: ReceivedOutcome): unknown =>
  new Webhook(SECRET).verify(body, {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  });

test('a receiver that is down at first is told later, signed, while the next refresh of the connection comes and goes', async () => {
  const { api, meld, temporal } = stack;
  const [connection] = await meld.createConnections([{ scenario: 'healthy', customerId: 'customer-7' }]);
  const { id } = connection!;
  receiver.down(id);

  const first = await api.start(id);
  const result = await api.result(id);
  const [refused] = await told(id, 1);
  expect(refused).toMatchObject({ status: 503 });

  const delivery = temporal.workflow.getHandle(deliveryWorkflowId(id, first.runId, result.finishedAt));
  const { status, parentExecution } = await delivery.describe();
  expect(status.name).toBe('RUNNING');
  expect(parentExecution).toMatchObject({ runId: first.runId });
  // Temporal drops a child that has not started when its parent ends: this one has, and outlives it.
  const parent = await historyOf(temporal, id);
  expect(parent.at(-1)?.workflowExecutionCompletedEventAttributes).toBeTruthy();
  expect(parent.filter((event) => event.childWorkflowExecutionStartedEventAttributes)).toHaveLength(1);

  const second = await api.start(id);
  expect(second).toMatchObject({ disposition: 'started' });
  expect(second.runId).not.toBe(first.runId);
  expect(await api.result(id)).toMatchObject({ outcome: 'refreshed' });
  expect((await delivery.describe()).status.name).toBe('RUNNING');

  receiver.up(id);
  await delivery.result();
  const notices = await until('both were taken', () => {
    const taken = receiver.about(id).filter((notice) => notice.status === 204);
    return taken.length >= 2 ? taken : null;
  });
  expect(notices).toHaveLength(2);
  const ofFirst = receiver
    .about(id)
    .filter(({ headers }) => headers['webhook-id'] === `refresh_${first.runId}`);
  expect(ofFirst.length).toBeGreaterThan(1);
  expect(verified(ofFirst.at(-1)!)).toEqual({
    type: 'refresh.refreshed',
    timestamp: result.finishedAt,
    data: { runId: first.runId, customerId: 'customer-7', ...result },
  });
  // A retry is the same notice under a signature of its own.
  expect(new Set(ofFirst.map(({ body }) => body)).size).toBe(1);
  const withOtherSecret = new Webhook(Buffer.from('a guess').toString('base64'));
  const { body, headers } = ofFirst[0]!;
  expect(() => withOtherSecret.verify(body, headers as Record<string, string>)).toThrow(/signature/i);
});

test('an escalation is told, and logged as an error with what an operator needs and no secret', async () => {
  const { api, meld, worker } = stack;
  const [connection] = await meld.createConnections([
    { scenario: 'stale_events', params: { afterStale: 'nothing' } },
  ]);
  const { id } = connection!;
  await api.start(id);
  const result = await api.result(id);
  expect(result).toMatchObject({ outcome: 'escalated', reason: 'no_fresh_data' });
  const [notice] = await told(id, 1);
  expect(verified(notice!)).toMatchObject({
    type: 'refresh.escalated',
    data: { connectionId: id, reason: 'no_fresh_data' },
  });

  const line = await until('the worker has logged it', () => {
    const lines = readFileSync(worker.logFile, 'utf8')
      .split('\n')
      .filter((text) => text.includes(id));
    return lines.map((text) => JSON.parse(text)).find(({ msg }) => msg === 'refresh_escalated') ?? null;
  });
  expect(line).toMatchObject({
    level: 50, // pino's "error"

    connectionId: id,
    reason: 'no_fresh_data',
    message: expect.stringMatching(/\w/),
    meldRequestIds: result.calls.map(({ requestId }) => requestId),
  });
  expect(line.meldRequestIds).toEqual([expect.any(String)]);
  const secrets = [
    SECRET,
    SECRET.slice('whsec_'.length),
    stack.meldApiKey,
    stack.webhooks.secret,
    stack.apiKey,
  ];
  for (const { logFile } of [worker, stack.server]) {
    const log = readFileSync(logFile, 'utf8');
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
  }
});

/** What the SDK adds to every metric, and Prometheus to a histogram. */
const ADDED = /^(namespace|taskQueue|workflowType|activityType|le)$/;

test('the worker serves the metrics that the operations page lists, with their labels and no id', async () => {
  const { api, meld, metricsUrl } = stack;
  const params = { windowMs: 2_000 };
  const [connection] = await meld.createConnections([
    { scenario: 'mx_window', provider: 'FINICITY', params },
  ]);
  const { id } = connection!;
  // A later deadline is news to the run that is open: it joins by a signal.
  const started = await api.start(id);
  const joined = await api.start(id, { giveUpAfter: '1h' });
  expect([started.disposition, joined.disposition]).toEqual(['started', 'joined']);
  expect(await api.result(id)).toMatchObject({ outcome: 'refreshed' });
  await told(id, 1);

  const served = await until('the delivery is counted', async () => {
    const text = await (await fetch(metricsUrl)).text();
    return /^meld_refresh_outcome_deliveries_total.*result="delivered"/m.test(text) ? text : null;
  });
  const ours = served.split('\n').filter((line) => /^(# TYPE )?meld_refresh/.test(line));
  const labels = (name: string): readonly string[] => {
    const [sample = ''] = ours.filter((line) => new RegExp(`^${name}(_bucket)?[{ ]`).test(line));
    const names = Array.from(sample.matchAll(/(\w+)="/g), ([, label = '']) => label);
    return names.filter((label) => !ADDED.test(label)).sort();
  };
  const metrics = ours.flatMap((line) => {
    const [, name = '', type = ''] = /^# TYPE (\w+) (\w+)/.exec(line) ?? [];
    return name === '' ? [] : [{ name, type, labels: labels(name) }];
  });
  const byName = (a: { readonly name: string }, b: { readonly name: string }) => a.name.localeCompare(b.name);
  const documented = documentedMetrics('Worker').map((metric) => ({
    ...metric,
    labels: [...metric.labels].sort(),
  }));
  expect(metrics.sort(byName)).toEqual(documented.sort(byName));
  expect(ours.filter((line) => line.includes(id) || line.includes(connection!.customerId))).toEqual([]);
});
