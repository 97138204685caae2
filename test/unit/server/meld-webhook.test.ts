import { TemporalRejectedError, TemporalUnavailableError } from '../../../src/client';
import { aServer, aWebhook, closeServers, signed, WEBHOOK_SECRET, WEBHOOK_URL } from './a-server';
import { ask } from './ask';

afterEach(closeServers);

const URL = '/webhooks/meld';
const deliver = (payload: string | Buffer, headers: Record<string, string> = signed(payload)) =>
  ({ method: 'POST', url: URL, payload, headers }) as const;

test('wakes the open refresh of the connection, and answers exactly 200 without an API key', async () => {
  const { app, refreshes, lines } = await aServer();
  await refreshes.refresh({ connectionId: 'connection-1' });
  const { status, body } = await ask(app, deliver(aWebhook()));
  expect([status, body]).toEqual([200, { result: 'delivered' }]);
  expect(refreshes.signals).toEqual([
    {
      connectionId: 'connection-1',
      message: {
        signal: 'accountsUpdated',
        payload: { eventId: 'event-1', occurredAt: '2026-03-01T11:59:58.123Z' },
      },
    },
  ]);
  expect(lines().find(({ event }) => event === 'meld_webhook')).toMatchObject({
    result: 'delivered',
    eventType: 'BANK_LINKING_ACCOUNTS_UPDATED',
    eventId: 'event-1',
    connectionId: 'connection-1',
  });
});

test('takes webhooks at a URL that ends in a slash, signed over that exact URL', async () => {
  const url = `${WEBHOOK_URL}/`;
  const { app } = await aServer({ webhooks: { secrets: [WEBHOOK_SECRET], url } });
  const headers = signed(aWebhook(), { url });
  expect((await ask(app, { ...deliver(aWebhook(), headers), url: `${URL}/` })).status).toBe(200);
  expect((await ask(app, { ...deliver(aWebhook()), url: `${URL}/` })).status).toBe(401);
});

test.each([
  ['no refresh is open', aWebhook(), 'no_open_refresh'],
  ['nothing waits for the type', aWebhook({ eventType: 'CUSTOMER_KYC_STATUS_CHANGE' }), 'ignored'],
  ['it is Meld’s test event', aWebhook({ eventType: 'WEBHOOK_TEST', payload: {} }), 'ignored'],
  ['it is no JSON, though signed', 'not json', 'unreadable'],
  ['it is empty, though signed', '', 'unreadable'],
  ['the connection id is missing', aWebhook({ payload: {} }), 'unreadable'],
  ['the connection id climbs', aWebhook({ payload: { connectionId: '../admin' } }), 'unreadable'],
])('answers 200 when %s: another delivery would change nothing', async (_name, webhook, result) => {
  const { app, refreshes, lines } = await aServer();
  const { status, body } = await ask(app, deliver(webhook));
  expect([status, body]).toEqual([200, { result }]);
  expect(refreshes.signals).toEqual([]);
  expect(lines().find(({ event }) => event === 'meld_webhook')).toMatchObject({ result });
});

test.each([
  ['application/json; charset=utf-8'],
  ['text/plain'],
  ['application/x-www-form-urlencoded'],
  [';;;'],
  [''],
])('takes the bytes as they are, whatever content type it says: %p', async (contentType) => {
  const { app } = await aServer();
  const payload = Buffer.from(`  ${aWebhook()}\n`);
  const headers = { ...signed(payload), 'content-type': contentType };
  expect((await ask(app, deliver(payload, headers))).status).toBe(200);
});

test('takes any of several secrets while one is rotated', async () => {
  const secrets = ['the-newest-secret-0123456789', WEBHOOK_SECRET];
  const { app } = await aServer({ webhooks: { secrets, url: 'https://hooks.example.com/meld' } });
  expect((await ask(app, deliver(aWebhook()))).status).toBe(200);
});

test.each([
  ['no signature', () => ({ 'content-type': 'application/json' })],
  ['no timestamp', () => ({ 'meld-signature': signed(aWebhook())['meld-signature']! })],
  ['the signature of another body', () => signed(aWebhook({ eventId: 'event-2' }))],
  ['the signature of another URL', () => signed(aWebhook(), { url: 'https://hooks.example.com/other' })],
  ['another secret', () => signed(aWebhook(), { secret: 'guessed' })],
  ['a timestamp that is too old', () => signed(aWebhook(), { timestamp: '2026-03-01T11:54:59.000000Z' })],
  ['a timestamp that is ahead', () => signed(aWebhook(), { timestamp: '2026-03-01T12:05:01.000000Z' })],
  ['a timestamp that is none', () => signed(aWebhook(), { timestamp: 'now' })],
])('refuses a delivery with %s', async (_name, headers) => {
  const { app, refreshes, lines } = await aServer();
  await refreshes.refresh({ connectionId: 'connection-1' });
  const { status, body } = await ask(app, deliver(aWebhook(), headers()));
  expect([status, body.type]).toEqual([401, 'urn:meld-refresh:problem:invalid-signature']);
  expect(refreshes.signals).toEqual([]);
  expect(lines().find(({ event }) => event === 'meld_webhook')).toMatchObject({ result: 'refused' });
});

test('takes 64 KiB and refuses more before it looks at the signature', async () => {
  const { app } = await aServer();
  const fitting = aWebhook().padEnd(65_536, ' ');
  expect((await ask(app, deliver(fitting))).status).toBe(200);
  const { status, body } = await ask(app, deliver(`${fitting} `));
  expect([status, body.type]).toEqual([413, 'urn:meld-refresh:problem:payload-too-large']);
});

test.each([
  [
    'cannot be reached',
    new TemporalUnavailableError('signal', { cause: new Error('14') }),
    503,
    'temporal-unavailable',
  ],
  [
    'refuses',
    new TemporalRejectedError('signal', 'denied', { cause: new Error('7') }),
    502,
    'temporal-rejected',
  ],
  ['says nothing', 'silent' as const, 503, 'temporal-unavailable'],
])('asks for another delivery when Temporal %s', async (_name, failure, status, kind) => {
  const { app, refreshes, lines } = await aServer({ limits: { signalTimeoutMs: 50 } });
  refreshes.fail(failure);
  const answer = await ask(app, deliver(aWebhook()));
  expect([answer.status, answer.body.type]).toEqual([status, `urn:meld-refresh:problem:${kind}`]);
  expect(lines().filter(({ event }) => event === 'meld_webhook')).toEqual([
    expect.objectContaining({ result: 'unavailable', problem: kind, eventId: 'event-1' }),
  ]);
});

test('answers 503 when no webhook secret is configured', async () => {
  const { app } = await aServer({ without: 'webhooks' });
  const { status, body } = await ask(app, deliver(aWebhook()));
  expect([status, body.type]).toEqual([503, 'urn:meld-refresh:problem:webhooks-not-configured']);
  expect(body.detail).toMatch(/MELD_WEBHOOK_SECRETS and MELD_WEBHOOK_URL/);
});

test('writes one line for a delivery that is taken, and two for one that is not', async () => {
  const { app, lines } = await aServer();
  const body = aWebhook();
  const INFO = 30;
  const events = () =>
    lines()
      .filter(({ level }) => Number(level) >= INFO)
      .map(({ event }) => event);
  await ask(app, deliver(body));
  expect(events()).toEqual(['meld_webhook']);
  await ask(app, deliver(`${body} `, signed(body)));
  expect(events()).toEqual(['meld_webhook', 'meld_webhook', 'http_request']);
});

test('logs neither bodies nor signatures', async () => {
  const { app, log } = await aServer();
  const secretive = aWebhook({
    payload: { connectionId: 'connection-1', institutionName: 'canary-in-the-body' },
  });
  const headers = signed(secretive);
  await ask(app, deliver(secretive, headers));
  await ask(app, deliver(`${secretive} `, headers));
  await ask(app, deliver('canary-in-the-body'));
  expect(log()).toContain('meld_webhook');
  expect(log()).not.toContain('canary');
  expect(log()).not.toContain(headers['meld-signature']);
});

test('counts and times deliveries by what became of them', async () => {
  const { app } = await aServer({ apiKeys: [] });
  await ask(app, deliver(aWebhook()));
  await ask(app, deliver(aWebhook(), {}));
  const { text } = await ask(app, { url: '/metrics' });
  expect(text).toContain('meld_refresh_webhooks_total{result="no_open_refresh"} 1');
  expect(text).toContain('meld_refresh_webhooks_total{result="refused"} 1');
  expect(text).toContain('meld_refresh_webhook_duration_seconds_count{result="no_open_refresh"} 1');
  expect(text).toContain('meld_refresh_webhook_duration_seconds_count{result="refused"} 1');
});
