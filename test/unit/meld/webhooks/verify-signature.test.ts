import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { verifyWebhookSignature, type SignedWebhook } from '../../../../src/meld/webhooks/verify-signature';

/** Published by Meld ("Webhook authentication"). */
const GOLDEN = {
  secrets: ['42m4NMLS34WQ6BbMfo1KFKqMv4hy'],
  url: 'https://example.meld.io/webhooks',
  timestamp: '2022-05-26T20:25:17.682818Z',
  rawBody: Buffer.from(
    '{"eventType":"WEBHOOK_TEST","eventId":"GDtv8pQgwzc9HuFFBQFrww","timestamp":"2022-05-26T20:23:45.908400Z",' +
      '"accountId":"W9jpQc1HKvwscqMPcLmzUS","profileId":null,"version":"2021-10-27",' +
      '"payload":{"requestId":"7aWW1GXTjWCCtNubzvVX7V"}}',
  ),
  signature: 'O4bN5E0U9s88l2DFc0kjt-0w3LLA3Zkv8hXhafc22Hg=',
  nowMs: Date.parse('2022-05-26T20:25:18Z'),
} satisfies SignedWebhook;

const SIGNED_AT_MS = Date.parse(GOLDEN.timestamp);

/** Signs as Meld does, with code of its own. */
function signed(
  timestamp: string,
  { secret = GOLDEN.secrets[0] ?? '', body = GOLDEN.rawBody } = {},
): SignedWebhook {
  const content = Buffer.concat([Buffer.from(`${timestamp}.${GOLDEN.url}.`), body]);
  const digest = createHmac('sha256', secret).update(content).digest('base64url');
  return { ...GOLDEN, rawBody: body, timestamp, signature: `${digest}=` };
}

const verified = (webhook: SignedWebhook): boolean => verifyWebhookSignature(webhook).verified;

test("verifies Meld's published example", () => {
  expect(verifyWebhookSignature(GOLDEN)).toEqual({ verified: true });
});

test.each<[string, Partial<SignedWebhook>]>([
  ['finds the secret among several, the newest first', { secrets: ['newest', 'newer', ...GOLDEN.secrets] }],
  ['finds the secret in front of older ones', { secrets: [...GOLDEN.secrets, 'older'] }],
  [
    'takes a header that came as a list of one',
    { signature: [GOLDEN.signature], timestamp: [GOLDEN.timestamp] },
  ],
  ['takes the body as text', { rawBody: GOLDEN.rawBody.toString('utf8') }],
  ['takes a timestamp exactly as old as tolerated', { nowMs: SIGNED_AT_MS + 300_000 }],
  ['takes a timestamp exactly as far ahead as tolerated', { nowMs: SIGNED_AT_MS - 300_000 }],
])('%s', (_name, change) => {
  expect(verifyWebhookSignature({ ...GOLDEN, ...change })).toEqual({ verified: true });
});

test.each<[string, Partial<SignedWebhook>, RegExp]>([
  [
    'refuses a missing signature',
    { signature: undefined },
    /^header meld-signature: expected it exactly once$/,
  ],
  ['refuses an empty signature', { signature: '' }, /^header meld-signature:/],
  ['refuses two signatures', { signature: [GOLDEN.signature, GOLDEN.signature] }, /^header meld-signature:/],
  ['refuses an empty list', { signature: [] }, /^header meld-signature:/],
  ['refuses a missing timestamp', { timestamp: undefined }, /^header meld-signature-timestamp: expected it/],
  [
    'refuses two timestamps',
    { timestamp: [GOLDEN.timestamp, 'x'] },
    /^header meld-signature-timestamp: expected it/,
  ],
  ['refuses an unreadable timestamp', { timestamp: 'now' }, /expected an RFC 3339 instant or epoch/],
  ['refuses a negative timestamp', { timestamp: '-1' }, /expected an RFC 3339 instant or epoch/],
  ['refuses an old timestamp', { nowMs: SIGNED_AT_MS + 300_001 }, /within 300000 ms/],
  ['refuses a timestamp from the future', { nowMs: SIGNED_AT_MS - 300_001 }, /within 300000 ms/],
  [
    'refuses by the tolerance that it is given',
    { nowMs: SIGNED_AT_MS + 2000, toleranceMs: 1999 },
    /within 1999 ms/,
  ],
  ['refuses when our clock is no number', { nowMs: NaN }, /within 300000 ms/],
  ['refuses another URL', { url: `${GOLDEN.url}/` }, /fits none/],
  ['refuses another secret', { secrets: ['other'] }, /fits none/],
  ['refuses everything without a secret', { secrets: [] }, /^no webhook secret/],
  ['refuses a signature without its padding', { signature: GOLDEN.signature.slice(0, -1) }, /fits none/],
  [
    'refuses another spelling of the same bytes: the last letter holds two bits that count for nothing',
    { signature: GOLDEN.signature.replace('Hg=', 'Hh=') },
    /fits none/,
  ],
  [
    'refuses letters that share their low byte with the right ones',
    { signature: GOLDEN.signature.replace('O', '\u014f') },
    /fits/,
  ],
])('%s', (_name, change, reason) => {
  expect(verifyWebhookSignature({ ...GOLDEN, ...change })).toEqual({
    verified: false,
    reason: expect.stringMatching(reason),
  });
});

test('refuses an empty secret even when the signature was made with it: anyone could', () => {
  const forged = signed(GOLDEN.timestamp, { secret: '' });
  expect(verifyWebhookSignature({ ...forged, secrets: [''] })).toEqual({
    verified: false,
    reason: expect.stringMatching(/^no webhook secret/),
  });
});

test.each([
  ['epoch seconds', String(Math.floor(SIGNED_AT_MS / 1000))],
  ['epoch milliseconds', String(SIGNED_AT_MS)],
  ['an RFC 3339 instant with an offset', '2022-05-26T22:25:17.682818+02:00'],
])('takes %s as the timestamp', (_name, timestamp) => {
  expect(verifyWebhookSignature(signed(timestamp))).toEqual({ verified: true });
});

test('signs the bytes, not their text: a body that is no UTF-8 verifies', () => {
  expect(verified(signed(GOLDEN.timestamp, { body: Buffer.from([0xff, 0x00, 0xfe]) }))).toBe(true);
});

test('says nothing secret in its reason', () => {
  const result = JSON.stringify(verifyWebhookSignature({ ...GOLDEN, url: 'https://other.test' }));
  expect(result).not.toContain(GOLDEN.secrets[0]);
  expect(result).not.toContain(GOLDEN.signature);
});

test('any one changed byte of body, signature or timestamp fails', () => {
  const parts = fc.constantFrom('rawBody' as const, 'signature' as const, 'timestamp' as const);
  fc.assert(
    fc.property(parts, fc.nat(), fc.integer({ min: 1, max: 255 }), (part, position, flip) => {
      const bytes = Buffer.from(GOLDEN[part]);
      const at = position % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      const changed = part === 'rawBody' ? bytes : bytes.toString('latin1');
      expect(verified({ ...GOLDEN, [part]: changed })).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test('never throws and never verifies noise', () => {
  const header = () => fc.option(fc.oneof(fc.string(), fc.array(fc.string())), { nil: undefined });
  fc.assert(
    fc.property(
      fc.record({
        secrets: fc.array(fc.string()),
        url: fc.string(),
        rawBody: fc.uint8Array(),
        signature: header(),
        timestamp: fc.oneof(
          header(),
          fc.nat().map(String),
          fc.date({ noInvalidDate: true }).map((d) => d.toISOString()),
        ),
        nowMs: fc.double(),
        toleranceMs: fc.double({ min: 0, noNaN: true }),
      }),
      (webhook) => !verified(webhook),
    ),
  );
});
