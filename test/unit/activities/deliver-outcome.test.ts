import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { Webhook } from 'standardwebhooks';
import { makeDeliverOutcome } from '../../../src/activities/deliver-outcome';
import type { OutcomeWebhook } from '../../../src/activities/deliver-outcome';
import type { OutcomeDelivery, RefreshResult } from '../../../src/refresh/model/outcome';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;

const delivery: OutcomeDelivery = {
  workflowId: 'refresh-connection-conn-1',
  runId: 'run-1',
  customerId: 'cust-1',
  outcomes: ['not_found', 'escalated'],
};

const notFound: RefreshResult = {
  outcome: 'not_found',
  connectionId: 'conn-1',
  requestedAt: '2026-03-01T12:00:00.000Z',
  freshSince: '2026-03-01T12:00:00.000Z',
  finishedAt: '2026-03-01T12:00:01.000Z',
  connection: null,
  aggregatedAt: { before: null, after: null },
  evidence: {},
  calls: [],
};

const asked: string[][] = [];
beforeEach(() => asked.splice(0));

/** The activity, for a run that ended so. */
const withResult = (webhook: OutcomeWebhook | undefined, result: RefreshResult | null) =>
  makeDeliverOutcome(webhook, Date.now, async (...run) => {
    asked.push(run);
    return result;
  });

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let received: Received[];
let answer: { status: number; headers?: Record<string, string> };

beforeEach(async () => {
  received = [];
  answer = { status: 204 };
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer.status, answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const deliver = (result: RefreshResult | null = notFound): Promise<void> => {
  const { port } = server.address() as AddressInfo;
  const webhook = { url: `http://127.0.0.1:${port}/outcomes`, secret: SECRET };
  return new MockActivityEnvironment().run(withResult(webhook, result), delivery);
};

test('posts the result, signed so that the receiver can verify it', async () => {
  await deliver();
  const [{ headers, body } = { headers: {}, body: '' }] = received;
  expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual({
    type: 'refresh.not_found',
    timestamp: notFound.finishedAt,
    data: { runId: 'run-1', customerId: 'cust-1', ...notFound },
  });
  expect(asked).toEqual([['refresh-connection-conn-1', 'run-1']]);
});

test.each([
  ['has no result', null],
  ['ended as nobody wants to hear', { ...notFound, outcome: 'already_fresh' } as const],
])('a run that %s is told to nobody', async (_how, result) => {
  await deliver(result);
  expect(asked).toHaveLength(1);
  expect(received).toEqual([]);
});

test('a second try carries the same id, so that the receiver knows it', async () => {
  await deliver();
  await deliver();
  expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['refresh_run-1', 'refresh_run-1']);
});

test.each([300, 400, 410, 429, 500, 503])('%d is retried', async (status) => {
  answer = { status };
  await expect(deliver()).rejects.toMatchObject({
    type: 'OutcomeNotTaken',
    nonRetryable: false,
    message: expect.stringContaining(String(status)),
  });
  expect(received).toHaveLength(1);
});

test('a receiver that asks for time is given it', async () => {
  answer = { status: 503, headers: { 'retry-after': '120' } };
  await expect(deliver()).rejects.toMatchObject({ nextRetryDelay: 120_000 });
});

test('a receiver that is not there is retried, and no secret is in the failure', async () => {
  const webhook = { url: 'http://127.0.0.1:9/outcomes', secret: SECRET };
  const failure = new MockActivityEnvironment().run(withResult(webhook, notFound), delivery);
  await expect(failure).rejects.toMatchObject({ type: 'OutcomeNotTaken', nonRetryable: false });
  await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining(SECRET) });
});

test('a worker without an outcome webhook fails it for good, saying what to set', async () => {
  const failure = new MockActivityEnvironment().run(withResult(undefined, notFound), delivery);
  await expect(failure).rejects.toMatchObject({
    nonRetryable: true,
    message: expect.stringContaining('OUTCOME_WEBHOOK_URL'),
  });
});
