import fc from 'fast-check';
import { parseWebhookEvent } from '../../../../src/meld/webhooks/parse-event';

const anEvent = (changes: Record<string, unknown> = {}, payload: Record<string, unknown> = {}) => ({
  eventType: 'BANK_LINKING_ACCOUNTS_UPDATED',
  eventId: 'GDtv8pQgwzc9HuFFBQFrww',
  timestamp: '2022-05-26T20:23:45.908400Z',
  accountId: 'W9jpQc1HKvwscqMPcLmzUS',
  profileId: null,
  version: '2021-10-27',
  payload: { connectionId: 'WQ4fNuDFtHgPRHwZsgkQxd', customerId: 'c1', requestId: 'r1', ...payload },
  ...changes,
});

const parse = (event: unknown) => parseWebhookEvent(Buffer.from(JSON.stringify(event)));

const FACTS = { eventId: 'GDtv8pQgwzc9HuFFBQFrww', occurredAt: '2022-05-26T20:23:45.908Z' };

test.each([
  ['BANK_LINKING_ACCOUNTS_UPDATED', 'accountsUpdated'],
  ['BANK_LINKING_TRANSACTIONS_AGGREGATED', 'transactionsAggregated'],
  ['BANK_LINKING_CONNECTION_STATUS_CHANGE', 'connectionStatusChanged'],
  ['BANK_LINKING_CONNECTION_DELETED', 'connectionStatusChanged'],
  ['BANK_LINKING_CONNECTION_COMPLETED', 'connectionStatusChanged'],
  ['BANK_LINKING_CUSTOMER_ACTION_REQUIRED', 'connectionStatusChanged'],
])('%s becomes the signal %s', (eventType, signal) => {
  expect(parse(anEvent({ eventType }))).toEqual({
    kind: 'refresh_event',
    eventType,
    connectionId: 'WQ4fNuDFtHgPRHwZsgkQxd',
    message: { signal, payload: FACTS },
  });
});

test('an event of data carries no status, whatever stands in it', () => {
  const read = parse(anEvent({}, { newStatus: 'DEGRADED', oldStatus: 'ACTIVE' }));
  expect(read).toMatchObject({ message: { signal: 'accountsUpdated', payload: FACTS } });
  expect(JSON.stringify(read)).not.toMatch(/DEGRADED|ACTIVE/);
});

test.each([
  ['text', (json: string) => json],
  ['a Buffer', (json: string) => Buffer.from(json)],
  ['bytes', (json: string) => new TextEncoder().encode(json)],
  ['text after a byte order mark', (json: string) => `\uFEFF${json}`],
])('reads a body that came as %s', (_as, body) => {
  expect(parseWebhookEvent(body(JSON.stringify(anEvent())))).toMatchObject({ kind: 'refresh_event' });
});

test.each([
  'BANK_LINKING_HISTORICAL_TRANSACTIONS_AGGREGATED',
  'BANK_LINKING_ACCOUNTS_UPDATING',
  'BANK_LINKING_ACCOUNTS_ADDED',
  'BANK_LINKING_ACCOUNTS_REMOVED',
  'BANK_LINKING_NEW_ACCOUNTS_AVAILABLE',
  'WEBHOOK_TEST',
  'TEST',
  'CUSTOMER_KYC_STATUS_CHANGE',
  '__proto__',
])('%s is ignored, whatever else it holds', (eventType) => {
  const ignored = { kind: 'ignored', eventType, reason: 'no refresh waits for this type of event' };
  expect(parse(anEvent({ eventType }))).toEqual(ignored);
  expect(parse({ eventType })).toEqual(ignored);
});

test.each([
  [
    'both statuses',
    { oldStatus: 'ACTIVE', newStatus: 'DEGRADED' },
    { oldStatus: 'ACTIVE', newStatus: 'DEGRADED' },
  ],
  ['only the new one', { newStatus: 'BRAND_NEW' }, { newStatus: 'BRAND_NEW' }],
  ['the old one under another name', { previousStatus: 'ACTIVE' }, { oldStatus: 'ACTIVE' }],
  ['statuses that are no text as none', { oldStatus: null, newStatus: 7 }, {}],
  [
    'an old one that is no text under its other name',
    { oldStatus: null, previousStatus: 'A' },
    { oldStatus: 'A' },
  ],
  ['a status clipped to 200 bytes', { newStatus: 'é'.repeat(150) }, { newStatus: 'é'.repeat(100) }],
])('a status change carries %s', (_name, payload, expected) => {
  const eventType = 'BANK_LINKING_CONNECTION_STATUS_CHANGE';
  expect(parse(anEvent({ eventType }, payload))).toMatchObject({
    message: { payload: { ...FACTS, ...expected } },
  });
  const parsed = parse(anEvent({ eventType }, payload));
  expect(parsed.kind === 'refresh_event' && Object.keys(parsed.message.payload).length).toBe(
    2 + Object.keys(expected).length,
  );
});

test('an event id is clipped to 200 bytes', () => {
  expect(parse(anEvent({ eventId: 'e'.repeat(300) }))).toMatchObject({
    message: { payload: { eventId: 'e'.repeat(200) } },
  });
});

test.each<[string, unknown, string]>([
  ['has no zone', '2022-05-26T20:23:45', '2022-05-26T20:23:45'],
  ['is in words, clipped', 'x'.repeat(300), 'x'.repeat(200)],
  ['is missing', undefined, ''],
  ['is no text', 1653596625, ''],
])('an event whose timestamp %s still wakes the run, which reads again', (_name, timestamp, occurredAt) => {
  expect(parse(anEvent({ timestamp }))).toMatchObject({
    kind: 'refresh_event',
    message: { signal: 'accountsUpdated', payload: { occurredAt } },
  });
});

test.each([undefined, null, 7, ''])('an event whose id is %j wakes the run too', (eventId) => {
  expect(parse(anEvent({ eventId }))).toMatchObject({
    kind: 'refresh_event',
    message: { signal: 'accountsUpdated', payload: { ...FACTS, eventId: '' } },
  });
});

test('reads an offset without a colon', () => {
  expect(parse(anEvent({ timestamp: '2022-05-26T22:23:45.908+0200' }))).toMatchObject({
    message: { payload: FACTS },
  });
});

test('text works as well as bytes', () => {
  expect(parseWebhookEvent(JSON.stringify(anEvent()))).toEqual(parse(anEvent()));
});

test.each([
  ['no JSON', '{', 'the body is no JSON'],
  ['an empty body', '', 'the body is no JSON'],
  ['a list', [], 'expected object, received array'],
  ['null', null, 'expected object, received null'],
  ['no event type', anEvent({ eventType: undefined }), 'eventType: expected string, received undefined'],
  ['no payload', anEvent({ payload: undefined }), 'payload: expected object, received undefined'],
  [
    'no connection',
    anEvent({}, { connectionId: undefined }),
    'payload.connectionId: expected string, received undefined',
  ],
  [
    'an id with a slash',
    anEvent({}, { connectionId: 'a/b' }),
    'payload.connectionId: expected 1 to 128 of A-Z a-z 0-9 _ -',
  ],
  [
    'an id of dots',
    anEvent({}, { connectionId: '..' }),
    'payload.connectionId: expected 1 to 128 of A-Z a-z 0-9 _ -',
  ],
  [
    'an id with a line end',
    anEvent({}, { connectionId: 'a\n' }),
    'payload.connectionId: expected 1 to 128 of A-Z a-z 0-9 _ -',
  ],
  [
    'an endless id',
    anEvent({}, { connectionId: 'a'.repeat(129) }),
    'payload.connectionId: expected 1 to 128 of A-Z a-z 0-9 _ -',
  ],
])('%s is unreadable, and says why', (_name, body, reason) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  expect(parseWebhookEvent(text)).toEqual({ kind: 'unreadable', reason });
});

test('never throws, and what it passes on is bounded', () => {
  const value = fc.oneof(fc.string({ maxLength: 400, size: 'max' }), fc.jsonValue());
  const sometimes = (key: string) =>
    fc.option(value, { nil: undefined, freq: 3 }).map((v) => (v === undefined ? {} : { [key]: v }));
  const changes = fc.tuple(...['eventId', 'timestamp', 'eventType', 'payload'].map(sometimes));
  const payloads = fc.tuple(...['connectionId', 'oldStatus', 'newStatus', 'previousStatus'].map(sometimes));
  const eventTypes = fc.constantFrom(
    'BANK_LINKING_CONNECTION_STATUS_CHANGE',
    'BANK_LINKING_ACCOUNTS_UPDATED',
  );
  const bodies = fc.oneof(
    fc
      .tuple(eventTypes, changes, payloads)
      .map(([eventType, c, p]) =>
        JSON.stringify(anEvent({ eventType, ...Object.assign({}, ...c) }, Object.assign({}, ...p))),
      ),
    fc.json(),
    fc.string(),
    fc.uint8Array(),
  );
  const kinds = new Set<string>();
  fc.assert(
    fc.property(bodies, (body) => {
      const parsed = parseWebhookEvent(body);
      kinds.add(parsed.kind);
      if (parsed.kind !== 'refresh_event') {
        expect(Buffer.byteLength(parsed.reason)).toBeLessThanOrEqual(200);
        return;
      }
      expect(parsed.connectionId).toMatch(/^[A-Za-z0-9_-]{1,128}$/);
      for (const text of Object.values(parsed.message.payload))
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(200);
    }),
    { numRuns: 2000 },
  );
  expect([...kinds].sort()).toEqual(['ignored', 'refresh_event', 'unreadable']);
});
