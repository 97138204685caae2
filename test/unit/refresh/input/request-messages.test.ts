import { parseCallersRequest, parseRequest } from '../../../../src/refresh/input/parse-request';

const ID = '1 to 128 letters, digits, "_" or "-"';
const INSTANT = 'an RFC 3339 instant with its time zone, such as "2026-03-01T12:00:00Z"';
const DURATION = 'a duration with its unit, such as "90s", "15m" or "3h"';
const LENGTH = 'a duration with its unit, such as "24h", at most 90 days';
const WHOLE = 'a whole number, 1 or more';
const PRODUCTS =
  'a list of one or more of BALANCES, IDENTIFIERS, INVESTMENT_HOLDINGS, INVESTMENT_TRANSACTIONS, OWNERS, TRANSACTIONS';

test.each<[string, unknown, string]>([
  ['connectionId', 'a b', `${ID}, received "a b"`],
  ['connectionId', '', `${ID}, received ""`],
  ['connectionId', 'a\n', `${ID}, received "a\\n"`],
  ['connectionId', '/a', `${ID}, received "/a"`],
  ['connectionId', 'x'.repeat(129), `${ID}, received "${'x'.repeat(99)}…`],
  ['customerId', 7, `${ID}, received 7`],
  ['products', 'BALANCES', `${PRODUCTS}, received "BALANCES"`],
  ['products', [], `${PRODUCTS}, received []`],
  ['products', ['BALANCES', 'GOLD'], `${PRODUCTS}, received ["BALANCES","GOLD"]`],
  ['freshSince', 'noon', `${INSTANT}, received "noon"`],
  ['freshSince', 7, `${INSTANT}, received 7`],
  ['notBefore', 'noon', `${INSTANT}, received "noon"`],
  ['maxAge', 'old', `${DURATION}, received "old"`],
  ['giveUpAfter', 7, `${LENGTH}, received 7`],
  ['onRateLimit', 'retry', '"wait" or "return", received "retry"'],
  ['onRepair', 'retry', '"wait" or "return", received "retry"'],
  ['priority', 'high', '"interactive" or "bulk", received "high"'],
  ['maxCharges', 0, `${WHOLE}, received 0`],
  ['maxCharges', '1', `${WHOLE}, received "1"`],
  ['maxCharges', 1.5, `${WHOLE}, received 1.5`],
  ['maxCharges', NaN, `${WHOLE}, received null`],
  ['policy', [], 'an object, received []'],
  ['policy', 'fast', 'an object, received "fast"'],
])('refuses %s %j', (field, value, expected) => {
  expect(() => parseRequest({ connectionId: 'conn-1', [field]: value })).toThrow(
    expect.objectContaining({ field, message: `${field}: expected ${expected}.` }),
  );
});

const FIELDS =
  'connectionId, customerId, products, freshSince, maxAge, giveUpAfter, onRateLimit, onRepair, maxCharges, ' +
  'priority, idempotencyKey, notBefore, lastCall, idempotencyKeys, policy';
const POLICY_FIELDS =
  'clockTolerance, coalesce, readMaxAge, settle, settleWithWebhooks, doubtfulReadWait, callTimeout, completionWait, poll, ' +
  'unknownAnswerWait, repairedWait, serverErrorRetries, serverErrorBackoff, statusChangeWait, defaultRateLimitWindow, rateLimitFloor, rateLimitCeiling, ' +
  'maxRateLimitWaits, maxCharges, giveUpAfter, deliverOutcomes, providers';

test.each<[string, unknown, string, string]>([
  ['nothing', undefined, 'request', 'an object with a connectionId, received nothing'],
  ['null', null, 'request', 'an object with a connectionId, received null'],
  ['a text', 'conn-1', 'request', 'an object with a connectionId, received "conn-1"'],
  ['a list', ['conn-1'], 'request', 'an object with a connectionId, received ["conn-1"]'],
  [
    'no connection, and whatever else is wrong',
    { maxAge: 'old' },
    'connectionId',
    `${ID}, received nothing. maxAge: expected ${DURATION}, received "old"`,
  ],
  [
    'an unknown field',
    { connectionId: 'c', toString: 1 },
    'request',
    `only the fields ${FIELDS}, received "toString"`,
  ],
  [
    'an unknown policy field',
    { connectionId: 'c', policy: { toString: 1 } },
    'policy',
    `only the fields ${POLICY_FIELDS}, received "toString"`,
  ],
  [
    'both ways to say how fresh',
    { connectionId: 'c', maxAge: '1m', freshSince: '2026-03-01T12:00:00Z' },
    'maxAge',
    'nothing, since freshSince is given and says the same, received "1m"',
  ],
])('refuses %s', (_name, input, field, expected) => {
  expect(() => parseRequest(input)).toThrow(
    expect.objectContaining({ field, message: `${field}: expected ${expected}.` }),
  );
});

const CALL = { sentAt: '2026-03-01T12:00:00Z', products: null, aggregatedBefore: null };

test.each([
  ['lastCall.sentAt', { ...CALL, sentAt: 'soon' }],
  ['lastCall.products', { ...CALL, products: 'BALANCES' }],
  ['lastCall.earlier', { ...CALL, earlier: CALL }],
  ['lastCall.earlier[1].leftBy', { ...CALL, earlier: [CALL, { ...CALL, leftBy: 5 }] }],
])('refuses an earlier call by its wrong part: %s', (field, lastCall) => {
  expect(() => parseRequest({ connectionId: 'c', lastCall })).toThrow(expect.objectContaining({ field }));
});

test.each([
  ['a field', { ...CALL, requestId: 'r' }],
  ['a product', { ...CALL, products: ['NEW', 'BALANCES'], earlier: [CALL] }],
])(
  'takes an earlier call in which another build has put %s more: it stands in nobody’s way',
  (_what, lastCall) => {
    expect(parseRequest({ connectionId: 'c', lastCall })).toEqual({ connectionId: 'c', lastCall });
  },
);

const CALL_FIELDS = 'sentAt, leftBy, products, aggregatedBefore, delivered';

test.each<[string, unknown, string, string]>([
  [
    'its instant',
    { sendAt: CALL.sentAt, products: null },
    'lastCall',
    `only the fields ${CALL_FIELDS}, earlier, received "sendAt"`,
  ],
  ['no instant', { products: null }, 'lastCall.sentAt', `${INSTANT}, received nothing`],
  [
    'no products',
    { sentAt: CALL.sentAt },
    'lastCall.products',
    'a list of products, or null, received nothing',
  ],
  [
    'a product',
    { ...CALL, products: ['BALANCE'] },
    'lastCall.products',
    'a list of products, or null, received ["BALANCE"]',
  ],
  [
    'another field',
    { ...CALL, leftby: CALL.sentAt },
    'lastCall',
    `only the fields ${CALL_FIELDS}, earlier, received "leftby"`,
  ],
  [
    'an earlier one',
    { ...CALL, earlier: [{ ...CALL, earlier: [] }] },
    'lastCall.earlier[0]',
    `only the fields ${CALL_FIELDS}, received "earlier"`,
  ],
])(
  'of a caller refuses an earlier call with a mistake in %s, which would be forgotten',
  (_what, lastCall, field, expected) => {
    expect(() => parseCallersRequest({ connectionId: 'c', lastCall })).toThrow(
      expect.objectContaining({ field, message: expect.stringContaining(`${field}: expected ${expected}.`) }),
    );
  },
);

test('of a caller takes earlier calls that are named in full', () => {
  const lastCall = {
    ...CALL,
    leftBy: CALL.sentAt,
    delivered: true,
    earlier: [{ ...CALL, products: ['BALANCES'] }],
  };
  expect(parseCallersRequest({ connectionId: 'c', lastCall })).toEqual({ connectionId: 'c', lastCall });
});

test.each([
  ['an id of 128', { connectionId: 'x'.repeat(128) }],
  ['an id of one', { connectionId: 'x' }],
  ['a fresh age alone', { connectionId: 'c', maxAge: '1m' }],
  ['both words', { connectionId: 'c', onRateLimit: 'wait', onRepair: 'return' }],
])('takes %s', (_name, request) => {
  expect(parseRequest(request)).toEqual(request);
});

test('undefined counts as left out', () => {
  expect(parseRequest({ connectionId: 'c', maxAge: undefined })).toStrictEqual({ connectionId: 'c' });
});
