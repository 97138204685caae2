import { durationMs } from '../../../../src/refresh/model/duration';
import { instantMs } from '../../../../src/refresh/model/instant';
import { parseRequest } from '../../../../src/refresh/input/parse-request';

const valid = { connectionId: 'conn-1' };

test('takes a request with everything in it', () => {
  const request = {
    connectionId: 'conn_1-A',
    products: ['BALANCES', 'TRANSACTIONS'],
    freshSince: '2026-03-01T12:00:00.123456+01:00',
    giveUpAfter: '2h',
    onRateLimit: 'return',
    onRepair: 'wait',
    maxCharges: 1,
    customerId: 'cust-1',
    notBefore: '2026-03-01T12:00:00Z',
    policy: { poll: { first: '10s' }, providers: {}, deliverOutcomes: ['escalated'] },
  };
  expect(parseRequest(request)).toEqual(request);
});

test('null counts as left out, as languages without undefined send it', () => {
  expect(parseRequest({ ...valid, products: null, maxAge: null })).toEqual(valid);
});

test.each([
  ['nothing at all', undefined, /request: expected an object/],
  ['a list', [], /request: expected an object/],
  ['no connection', {}, /connectionId: expected 1 to 128 letters.*received nothing/],
  ['a path for an id', { connectionId: '../x' }, /connectionId.*"\.\.\/x"/],
  ['an id beyond length', { connectionId: 'x'.repeat(129) }, /connectionId/],
  ['an unknown field', { ...valid, freshsince: 'x' }, /only the fields connectionId.*received "freshsince"/],
  ['an unknown product', { ...valid, products: ['GOLD'] }, /BALANCES, IDENTIFIERS.*\["GOLD"\]/],
  ['no product', { ...valid, products: [] }, /one or more/],
  ['a date without a time zone', { ...valid, freshSince: '2026-03-01T12:00:00' }, /RFC 3339/],
  ['a day that is none', { ...valid, freshSince: '2026-13-01T12:00:00Z' }, /RFC 3339/],
  ['a negative duration', { ...valid, maxAge: '-5m' }, /a duration from 0 to 100 years/],
  ['an endless duration', { ...valid, maxAge: '99999999999y' }, /a duration from 0 to 100 years/],
  ['an instant in a list', { ...valid, freshSince: ['2026-03-01T12:00:00Z'] }, /RFC 3339/],
  ['a duration in a list', { ...valid, maxAge: ['5m'] }, /duration with its unit, such as/],
  ['a number for a duration', { ...valid, maxAge: 900 }, /duration with its unit, such as/],
  [
    'both ways to say how fresh',
    { ...valid, maxAge: '1m', freshSince: '2026-03-01T12:00:00Z' },
    /says the same/,
  ],
  ['no charge at all', { ...valid, maxCharges: 0 }, /1 or more/],
  ['a word of its own', { ...valid, onRateLimit: 'retry' }, /"wait" or "return"/],
  ['a policy of text', { ...valid, policy: 'fast' }, /policy: expected an object/],
  [
    'a policy with a misspelt field',
    { ...valid, policy: { settel: '1s' } },
    /only the fields clockTolerance/,
  ],
  ['a policy with a wrong duration', { ...valid, policy: { settle: 'soon' } }, /policy\.settle.*"soon"/],
  [
    'a policy that polls without pause',
    { ...valid, policy: { poll: { first: '1ms' } } },
    /policy\.poll\.first/,
  ],
  [
    'a policy that shrinks its waits',
    { ...valid, policy: { poll: { factor: 0.5 } } },
    /policy\.poll\.factor/,
  ],
  [
    'a policy that tells unknown outcomes',
    { ...valid, policy: { deliverOutcomes: ['done'] } },
    /refreshed, already/,
  ],
])('refuses %s, saying what was expected', (_name, input, message) => {
  expect(() => parseRequest(input)).toThrow(message);
});

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['3h', 10_800_000],
  ['100ms', 100],
  ['1.5h', 5_400_000],
  ['0s', 0],
  ['', null],
  ['soon', null],
  ['-1s', null],
  ['200 years', null],
])('reads the duration %j', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

test.each([
  ['2026-03-01T12:00:00Z', 1_772_366_400_000],
  ['2026-03-01T13:00:00.5+01:00', 1_772_366_400_500],
  ['2022-05-26T20:25:17.682818Z', 1_653_596_717_682],
  ['2026-03-01', null],
  ['2026-03-01 12:00:00Z', null],
  ['noon', null],
])('reads the instant %j', (text, expected) => {
  expect(instantMs(text)).toBe(expected);
});
