import { backoffMs, growingIntervalMs } from '../../../../src/refresh/start-waiting';
import { InvalidRequestError } from '../../../../src/refresh/input/invalid-request';
import { DEFAULT_POLICY } from '../../../../src/refresh/model/policy';
import { isCompletePolicy, mergePolicies, resolvePolicy } from '../../../../src/refresh/input/parse-policy';
import { parseRequest } from '../../../../src/refresh/input/parse-request';
import { ms } from '../support/a-run';

test('the defaults, in milliseconds', () => {
  expect(resolvePolicy()).toEqual({
    clockToleranceMs: ms('5s'),
    coalesceMs: ms('1m'),
    readMaxAgeMs: ms('1m'),
    settleMs: ms('30s'),
    settleWithWebhooksMs: ms('10m'),
    doubtfulReadWaitMs: ms('5m'),
    callTimeoutMs: ms('90s'),
    completionWaitMs: ms('30m'),
    poll: { initialMs: ms('30s'), factor: 2, maximumMs: ms('10m') },
    unknownAnswerWaitMs: ms('5m'),
    repairedWaitMs: ms('5m'),
    serverErrorRetries: 4,
    serverErrorBackoff: { initialMs: ms('30s'), factor: 2, maximumMs: ms('10m') },
    statusChangeWaitMs: ms('2h'),
    defaultRateLimitWindowMs: ms('1h'),
    rateLimitFloorMs: ms('1m'),
    rateLimitCeilingMs: ms('24h'),
    maxRateLimitWaits: 3,
    maxCharges: 2,
    giveUpAfterMs: ms('24h'),
    deliverOutcomes: new Set(),
    forcedRefreshEveryMs: new Map([['MX', ms('3h')]]),
  });
  expect(DEFAULT_POLICY.providers['MX']?.after).toBe('any_aggregation');
});

const everyHour = { forcedRefreshEvery: '1h', after: 'any_aggregation' } as const;

test.each([
  ['nothing changes nothing', {}, {}],
  ['a field replaces the field', { settle: '1m' }, { settle: '1m' }],
  [
    'a poll is laid over field by field',
    { poll: { first: '5s' } },
    { poll: { ...DEFAULT_POLICY.poll, first: '5s' } },
  ],
  [
    'a backoff is laid over field by field',
    { serverErrorBackoff: { maximum: '1m' } },
    { serverErrorBackoff: { ...DEFAULT_POLICY.serverErrorBackoff, maximum: '1m' } },
  ],
  [
    'a provider comes to those there are',
    { providers: { PLAID: everyHour } },
    { providers: { ...DEFAULT_POLICY.providers, PLAID: everyHour } },
  ],
])('of two policies %s', (_name, over, expected) => {
  expect(mergePolicies(DEFAULT_POLICY, over)).toEqual({ ...DEFAULT_POLICY, ...expected });
});

const aDuration = 'a duration with its unit, such as "90s", "15m" or "3h"';

test.each<[string, unknown, string]>([
  ['clockTolerance', 5, `policy.clockTolerance: expected ${aDuration}, received 5.`],
  ['settle', ['5s'], `policy.settle: expected ${aDuration}, received ["5s"].`],
  ['settle', 'soon', `policy.settle: expected ${aDuration}, received "soon".`],
  ['coalesce', 'x', `policy.coalesce: expected ${aDuration}, received "x".`],
  ['readMaxAge', 'x', `policy.readMaxAge: expected ${aDuration}, received "x".`],
  ['readMaxAge', '999ms', 'policy.readMaxAge: expected at least 1000 ms, received "999ms".'],
  ['settleWithWebhooks', 'x', `policy.settleWithWebhooks: expected ${aDuration}, received "x".`],
  ['callTimeout', '1s', 'policy.callTimeout: expected at least 2000 ms, received "1s".'],
  ['doubtfulReadWait', 'x', `policy.doubtfulReadWait: expected ${aDuration}, received "x".`],
  ['completionWait', '', `policy.completionWait: expected ${aDuration}, received "".`],
  ['poll', { first: 'x' }, `policy.poll.first: expected ${aDuration}, received "x".`],
  ['poll', { first: '99ms' }, 'policy.poll.first: expected at least 100 ms, received "99ms".'],
  ['poll', { factor: '2' }, 'policy.poll.factor: expected a number, 1 or more, received "2".'],
  ['poll', { factor: Infinity }, 'policy.poll.factor: expected a number, 1 or more, received null.'],
  ['poll', { factor: 0.99 }, 'policy.poll.factor: expected a number, 1 or more, received 0.99.'],
  ['poll', { maximum: 'x' }, `policy.poll.maximum: expected ${aDuration}, received "x".`],
  ['poll', 'often', 'policy.poll: expected an object, received "often".'],
  ['unknownAnswerWait', 'x', `policy.unknownAnswerWait: expected ${aDuration}, received "x".`],
  ['repairedWait', 'x', `policy.repairedWait: expected ${aDuration}, received "x".`],
  ['serverErrorRetries', -1, 'policy.serverErrorRetries: expected a whole number, 0 or more, received -1.'],
  ['serverErrorRetries', '4', 'policy.serverErrorRetries: expected a whole number, 0 or more, received "4".'],
  ['serverErrorRetries', 1.5, 'policy.serverErrorRetries: expected a whole number, 0 or more, received 1.5.'],
  ['serverErrorBackoff', [], 'policy.serverErrorBackoff: expected an object, received [].'],
  [
    'serverErrorBackoff',
    { initial: '0s' },
    'policy.serverErrorBackoff.initial: expected at least 100 ms, received "0s".',
  ],
  [
    'serverErrorBackoff',
    { factor: 0 },
    'policy.serverErrorBackoff.factor: expected a number, 1 or more, received 0.',
  ],
  ['statusChangeWait', 'x', `policy.statusChangeWait: expected ${aDuration}, received "x".`],
  ['defaultRateLimitWindow', 'x', `policy.defaultRateLimitWindow: expected ${aDuration}, received "x".`],
  ['rateLimitFloor', 'x', `policy.rateLimitFloor: expected ${aDuration}, received "x".`],
  ['rateLimitFloor', '0s', 'policy.rateLimitFloor: expected at least 100 ms, received "0s".'],
  ['rateLimitCeiling', 'x', `policy.rateLimitCeiling: expected ${aDuration}, received "x".`],
  ['maxRateLimitWaits', -1, 'policy.maxRateLimitWaits: expected a whole number, 0 or more, received -1.'],
  ['maxCharges', 0, 'policy.maxCharges: expected a whole number, 1 or more, received 0.'],
  [
    'giveUpAfter',
    'x',
    'policy.giveUpAfter: expected a duration with its unit, such as "24h", at most 90 days, received "x".',
  ],
  [
    'deliverOutcomes',
    'escalated',
    'policy.deliverOutcomes: expected a list of refreshed, already_fresh, repair_required, not_refreshable, ' +
      'not_found, rate_limited, escalated, received "escalated".',
  ],
  [
    'deliverOutcomes',
    ['escalated', 'done'],
    'policy.deliverOutcomes: expected a list of refreshed, already_fresh, repair_required, not_refreshable, ' +
      'not_found, rate_limited, escalated, received ["escalated","done"].',
  ],
  ['providers', 'MX', 'policy.providers: expected an object, received "MX".'],
  ['providers', { MX: '3h' }, 'policy.providers.MX: expected an object, received "3h".'],
  ['providers', { MX: undefined }, 'policy.providers.MX: expected an object, received nothing.'],
  [
    'providers',
    { MX: { forcedRefreshEvery: 'x', after: 'any_aggregation' } },
    `policy.providers.MX.forcedRefreshEvery: expected ${aDuration}, received "x".`,
  ],
])('refuses a policy with a wrong %s: %j', (field, value, message) => {
  expect(() => parseRequest({ connectionId: 'conn-1', policy: { [field]: value } })).toThrow(
    expect.objectContaining({ message, name: 'InvalidRequestError', code: 'invalid_request' }),
  );
});

test.each([
  [
    'the least of everything',
    { serverErrorRetries: 0, maxRateLimitWaits: 0, maxCharges: 1, poll: { factor: 1, first: '100ms' } },
  ],
  ['no parts of the parts', { poll: {}, serverErrorBackoff: {}, providers: {} }],
])('takes %s', (_name, policy) => {
  expect(() => parseRequest({ connectionId: 'conn-1', policy })).not.toThrow();
});

test('a maximum below the first interval counts as that interval', () => {
  expect(resolvePolicy({ poll: { first: '1h' } }).poll).toEqual({
    initialMs: ms('1h'),
    factor: 2,
    maximumMs: ms('1h'),
  });
});

test.each([
  ['short values as they are', ['a'], '["a"]'],
  ['100 characters as they are', 'x'.repeat(98), `"${'x'.repeat(98)}"`],
  ['longer ones cut', 'x'.repeat(99), `"${'x'.repeat(99)}…`],
  ['nothing', undefined, 'nothing'],
  ['what JSON has no word for', () => 1, 'a value of type function'],
])('an invalid request tells what came: %s', (_name, received, told) => {
  const error = new InvalidRequestError('field', 'something else', received);
  expect(error.message).toBe(`field: expected something else, received ${told}.`);
  expect(error).toMatchObject({ name: 'InvalidRequestError', code: 'invalid_request', field: 'field' });
});

const growth = { initialMs: 1000, factor: 3, maximumMs: 10_000 };

test.each([
  [0, 1000],
  [1, 3000],
  [2, 9000],
  [3, 10_000],
  [1000, 10_000],
])('interval %d of a growing series is %d ms', (n, expected) => {
  expect(growingIntervalMs(growth, n)).toBe(expected);
});

test.each([
  [0, 1500],
  [0.5, 2250],
  [0.3333, 2000],
])('with the random number %d the backoff is %d ms', (random, expected) => {
  expect(backoffMs(growth, 1, random)).toBe(expected);
});

test('what a client has written is complete, also for a build that knows a further field', () => {
  // As the first clients wrote them. Not to be extended: open runs must go on without asking for a field that comes later.
  const written = [
    ...['clockTolerance', 'coalesce', 'readMaxAge', 'settle', 'settleWithWebhooks', 'doubtfulReadWait'],
    ...['callTimeout', 'completionWait', 'poll', 'unknownAnswerWait', 'repairedWait', 'serverErrorRetries'],
    ...['serverErrorBackoff', 'statusChangeWait', 'defaultRateLimitWindow', 'rateLimitFloor'],
    ...['rateLimitCeiling', 'maxRateLimitWaits', 'maxCharges', 'giveUpAfter', 'deliverOutcomes', 'providers'],
  ];
  const fieldsOf = (names: readonly string[]) =>
    Object.fromEntries(Object.entries(DEFAULT_POLICY).filter(([field]) => names.includes(field)));
  expect(isCompletePolicy(fieldsOf(written))).toBe(true);
  for (const left of written) {
    expect(isCompletePolicy(fieldsOf(written.filter((field) => field !== left)))).toBe(false);
  }
});

test('a policy lets a run go on for 90 days at most, as a request does', () => {
  expect(() => resolvePolicy({ giveUpAfter: '91d' })).toThrow('policy.giveUpAfter: expected a duration');
  expect(resolvePolicy({ giveUpAfter: '90d' }).giveUpAfterMs).toBe(90 * 86_400_000);
});
