import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { Webhook } from 'standardwebhooks';
import {
  makeDeliverOutcome,
  makeReadOutcome,
  type OutcomeWebhook,
} from '../../../src/activities/deliver-outcome';
import type { OutcomeDelivery, OutcomeNotice, RefreshResult } from '../../../src/refresh/model/outcome';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;

const delivery: OutcomeDelivery = {
  workflowId: 'refresh-connection-conn-1',
  runId: 'run-1',
  customerId: 'cust-1',
  finishedAt: '2026-03-01T12:00:01.000Z',
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
  earlierEvidence: {},
  calls: [],
};

const asked: string[][] = [];
beforeEach(() => asked.splice(0));

/** What is delivered of a run that ended so. */
const readOutcome = (result: RefreshResult | null, canceled?: OutcomeDelivery['canceled']) =>
  new MockActivityEnvironment().run(
    makeReadOutcome(async (...run) => {
      asked.push(run);
      return result;
    }),
    { ...delivery, ...(canceled !== undefined && { canceled }) },
  );

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let received: Received[];
let answer: { status: number; headers?: Record<string, string | string[]> };

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

const notice: OutcomeNotice = { runId: 'run-1', customerId: 'cust-1', result: notFound };

const deliverTo = (webhook: OutcomeWebhook | undefined, delivered = notice): Promise<void> =>
  new MockActivityEnvironment().run(makeDeliverOutcome(webhook, Date.now), delivered);

const deliver = (delivered = notice): Promise<void> => {
  const { port } = server.address() as AddressInfo;
  return deliverTo({ url: `http://127.0.0.1:${port}/outcomes`, secret: SECRET }, delivered);
};

test('reads the result of the run that is named', async () => {
  expect(await readOutcome(notFound)).toEqual(notice);
  expect(asked).toEqual([['refresh-connection-conn-1', 'run-1']]);
});

test('a delivery that an older worker has started is of what the run ended with', async () => {
  const { finishedAt: _finishedAt, ...older } = delivery;
  const read = makeReadOutcome(() => Promise.resolve(notFound));
  expect(await new MockActivityEnvironment().run(read, older)).toEqual(notice);
});

test('a canceled run is delivered with its ledger, and nothing is read of it', async () => {
  const { outcome: _outcome, ...report } = notFound;
  const canceled = await readOutcome(null, report);
  expect(canceled).toMatchObject({ runId: 'run-1', result: { outcome: 'canceled', calls: [] } });
  expect(asked).toEqual([]);
  await deliver(canceled as OutcomeNotice);
  expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ type: 'refresh.canceled' });
});

test('posts the result, signed so that the receiver can verify it', async () => {
  await deliver();
  const [{ headers, body } = { headers: {}, body: '' }] = received;
  expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual({
    type: 'refresh.not_found',
    timestamp: notFound.finishedAt,
    data: { runId: 'run-1', customerId: 'cust-1', ...notFound },
  });
});

test.each([
  ['has no result', null],
  ['went on, and has another delivery for its end', { ...notFound, finishedAt: '2026-03-01T12:05:00.000Z' }],
])('a run that %s is not delivered', async (_how, result) => {
  expect(await readOutcome(result)).toBeNull();
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

test.each([['120'], [['60', '120']]])('a receiver that asks for time is given it: %j', async (retryAfter) => {
  answer = { status: 503, headers: { 'retry-after': retryAfter } };
  await expect(deliver()).rejects.toMatchObject({ nextRetryDelay: 120_000 });
});

test('a receiver that is not there is retried, and no secret is in the failure', async () => {
  const webhook = { url: 'http://127.0.0.1:9/outcomes', secret: SECRET };
  const failure = deliverTo(webhook);
  await expect(failure).rejects.toMatchObject({ type: 'OutcomeNotTaken', nonRetryable: false });
  await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining(SECRET) });
});

test('a worker without an outcome webhook fails it for good, saying what to set', async () => {
  const failure = deliverTo(undefined);
  await expect(failure).rejects.toMatchObject({
    nonRetryable: true,
    message: expect.stringContaining('OUTCOME_WEBHOOK_URL'),
  });
});
