import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TemporalUnavailableError, type EventMessage } from '../../../src/client';
import {
  makeMeldWebhookHandler,
  makeReceiveMeldWebhook,
  type MeldWebhookReceipt,
} from '../../../src/webhooks';
import { aWebhook, NOW, signed, WEBHOOK_SECRET, WEBHOOK_URL } from '../server/a-server';

type Signal = (connectionId: string, message: EventMessage) => Promise<'delivered' | 'no_open_refresh'>;

const signals: [string, EventMessage][] = [];
beforeEach(() => signals.splice(0));

const settings = (signal?: Signal) => ({
  refreshes: {
    signal:
      signal ??
      ((connectionId: string, message: EventMessage) => {
        signals.push([connectionId, message]);
        return Promise.resolve('delivered' as const);
      }),
  },
  secrets: [WEBHOOK_SECRET],
  url: WEBHOOK_URL,
  signalTimeoutMs: 50,
  now: () => Date.parse(NOW),
});

const DELIVERED = {
  result: 'delivered',
  status: 200,
  eventType: 'BANK_LINKING_ACCOUNTS_UPDATED',
  eventId: 'event-1',
  connectionId: 'connection-1',
};

test.each<[string, object, RegExp]>([
  ['no secrets', { secrets: [] }, /^secrets: expected at least one webhook secret/],
  ['an empty secret', { secrets: [WEBHOOK_SECRET, ''] }, /^secrets: .*none empty/],
  ['no url', { url: '' }, /^url: expected the http or https URL .*received ""/],
  ['a url that is none', { url: '/webhooks/meld' }, /^url: expected the http or https URL exactly as in/],
  ['a url of another scheme', { url: 'ftp://a.example' }, /^url: /],
])('refuses %s at construction, where it is seen, not at each webhook', (_name, changes, message) => {
  expect(() => makeReceiveMeldWebhook({ ...settings(), ...changes })).toThrow(message);
  expect(() => makeMeldWebhookHandler({ ...settings(), ...changes })).toThrow(TypeError);
});

test.each([
  ['an object', JSON.parse(aWebhook())],
  ['nothing', undefined],
])('refuses %s as the raw body, naming the mistake and how to fix it', async (_name, rawBody) => {
  const receipt = await makeReceiveMeldWebhook(settings())({ rawBody, headers: signed(aWebhook()) });
  expect(receipt).toEqual({
    result: 'refused',
    status: 401,
    reason: expect.stringMatching(/^rawBody: expected the bytes .*Express.*Fastify.*NestJS.*Hono.*Next\.js/),
  });
});

describe('a webhook with its headers', () => {
  test.each([
    ['as Node has them', signed(aWebhook())],
    [
      'in the spelling of a gateway',
      { 'Meld-Signature': signed(aWebhook())['meld-signature'], 'Meld-Signature-Timestamp': NOW },
    ],
    [
      'each in a list',
      { 'meld-signature': [signed(aWebhook())['meld-signature']!], 'meld-signature-timestamp': [NOW] },
    ],
    ['of the Fetch API', new Headers(signed(aWebhook()))],
  ])('%s reaches the open refresh', async (_how, headers) => {
    const receive = makeReceiveMeldWebhook(settings());
    expect(await receive({ rawBody: aWebhook(), headers })).toEqual(DELIVERED);
    expect(signals).toEqual([
      [
        'connection-1',
        { signal: 'accountsUpdated', payload: { eventId: 'event-1', occurredAt: expect.any(String) } },
      ],
    ]);
  });

  test.each([
    ['is not signed', aWebhook(), {}, { result: 'refused', status: 401 }],
    [
      'is signed twice over',
      aWebhook(),
      { ...signed(aWebhook()), 'Meld-Signature': 'x' },
      { result: 'refused', status: 401 },
    ],
    ['was changed on its way', `${aWebhook()} `, signed(aWebhook()), { result: 'refused', status: 401 }],
    [
      'no refresh waits for',
      aWebhook({ eventType: 'TEST' }),
      signed(aWebhook({ eventType: 'TEST' })),
      { result: 'ignored', status: 200, eventType: 'TEST' },
    ],
    ['is no JSON', 'x', signed('x'), { result: 'unreadable', status: 200 }],
  ])('that %s touches no refresh', async (_what, rawBody, headers, expected) => {
    const receive = makeReceiveMeldWebhook(settings());
    expect(await receive({ rawBody, headers })).toMatchObject(expected);
    expect(signals).toEqual([]);
  });

  test.each([
    ['is away', () => Promise.reject(new TemporalUnavailableError('signal', { cause: new Error('14') }))],
    ['says nothing', () => new Promise<never>(() => undefined)],
  ])('is asked for again when Temporal %s', async (_how, signal) => {
    const receipt = await makeReceiveMeldWebhook(settings(signal))({
      rawBody: aWebhook(),
      headers: signed(aWebhook()),
    });
    expect(receipt).toEqual({
      ...DELIVERED,
      result: 'unavailable',
      status: 503,
      error: expect.any(TemporalUnavailableError),
    });
  });
});

describe('the handler for the Fetch API', () => {
  const post = (body: string, headers: Record<string, string> = signed(body)) =>
    new Request('http://internal.example/anything', { method: 'POST', body, headers });

  test('answers exactly 200, and tells what became of the webhook', async () => {
    const receipts: MeldWebhookReceipt[] = [];
    const handle = makeMeldWebhookHandler({ ...settings(), onReceipt: (receipt) => receipts.push(receipt) });
    const answer = await handle(post(aWebhook()));
    expect([answer.status, await answer.json()]).toEqual([200, { result: 'delivered' }]);
    expect(receipts).toEqual([DELIVERED]);
  });

  test.each([
    ['401 to what is not signed', post(aWebhook(), {}), 401],
    ['401 to an empty body', new Request('http://x.example/', { method: 'POST' }), 401],
    ['405 to a GET', new Request('http://x.example/'), 405],
    ['413 to more than 64 KiB', post('x'.repeat(65_537)), 413],
    ['200 to 64 KiB', post(aWebhook().padEnd(65_536)), 200],
  ])('answers %s', async (_what, request, status) => {
    expect((await makeMeldWebhookHandler(settings())(request)).status).toBe(status);
  });

  test('does not read an endless body to its end', async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(1_024));
      },
    });
    const request = new Request('http://x.example/', { method: 'POST', body, duplex: 'half' });
    expect((await makeMeldWebhookHandler(settings())(request)).status).toBe(413);
    expect(sent).toBeLessThan(100);
  });
});

test('a plain Node server hands over what it received', async () => {
  const receive = makeReceiveMeldWebhook(settings());
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void receive({ rawBody: Buffer.concat(chunks), headers: request.headers }).then(({ status }) => {
        response.writeHead(status).end();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body: aWebhook(),
    headers: signed(aWebhook()),
  });
  expect(answer.status).toBe(200);
  server.close();
});
