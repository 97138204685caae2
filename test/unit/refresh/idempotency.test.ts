import { findKey } from '../../../src/refresh/idempotency';
import { fingerprint } from '../../../src/refresh/input/parse-request';
import { recordJoins } from '../../../src/refresh/record/record-join';
import { Run, aJoin, at } from './support/a-run';

const keysOf = ({ state }: Run): readonly string[] => state.callers.keys.map(({ key }) => key);

test('the key of the request that started the run is kept, with what it asked for', () => {
  const { state } = new Run({ idempotencyKey: 'k', maxAge: '10m' });
  expect(state.callers.keys).toEqual([
    {
      key: 'k',
      request: fingerprint({ maxAge: '10m' }),
      freshSince: at('-10m'),
      requestedAt: at('0s'),
      runId: null,
    },
  ]);
});

test('keys that earlier runs left and keys of joins are kept, each by its first use', () => {
  const earlier = { request: 'f', freshSince: at('-2h'), requestedAt: at('-1h'), runId: 'run-1' };
  const run = new Run({ idempotencyKey: 'b', idempotencyKeys: [{ key: 'a', ...earlier }] });
  run.at('1s').joins({ idempotencyKey: 'c' }).joins({ idempotencyKey: 'a' }).joins({ idempotencyKey: 'b' });
  expect(keysOf(run)).toEqual(['a', 'b', 'c']);
  expect(run.state.callers.keys).toMatchObject([{ runId: 'run-1' }, { requestedAt: at('0s') }, {}]);
});

test('of a refused join the key is kept as well: asked again it gets the same answer', () => {
  const run = new Run({ products: ['BALANCES'] }).reads();
  expect(keysOf(run.joins({ products: ['OWNERS'], idempotencyKey: 'k' }))).toEqual(['k']);
});

test('a join that comes with the key of another request is refused, and wishes nothing of the run', () => {
  const run = new Run({ products: ['BALANCES'], idempotencyKey: 'k' }).reads();
  const join = aJoin({ idempotencyKey: 'k', maxCharges: 9 }, run.nowMs, run.state);
  const conflicting = { ...join, request: { idempotencyKey: 'k', maxCharges: 9 } };
  const { terms, callers } = run.state;
  run.state = recordJoins(run.state, [conflicting], run.nowMs);
  expect(run.state).toMatchObject({ terms, callers });
});

test('joins without a key leave the keys as they are, so that nothing is written for them', () => {
  const run = new Run({ idempotencyKey: 'k' }).reads();
  const { keys } = run.state.callers;
  expect(run.joins().state.callers.keys).toBe(keys);
});

test('the last 20 keys are kept', () => {
  const run = new Run({ idempotencyKey: 'k0' });
  for (let n = 1; n <= 20; n++) run.joins({ idempotencyKey: `k${n}` });
  expect(keysOf(run)).toHaveLength(20);
  expect(keysOf(run)).toEqual(Array.from({ length: 20 }, (_, n) => `k${n + 1}`));
});

test.each([
  ['86399999ms', ['k', 'later']],
  ['24h', ['later']],
])('a key is kept for 24 hours: after %s there are %j', (moment, keys) => {
  const run = new Run({ idempotencyKey: 'k', giveUpAfter: '48h' }).at(moment);
  expect(keysOf(run.joins({ idempotencyKey: 'later' }))).toEqual(keys);
});

test('the same request has the same fingerprint, whatever the key and the order of its fields', () => {
  expect(fingerprint({ maxAge: '1m', products: ['BALANCES'], idempotencyKey: 'a' })).toBe(
    fingerprint({ idempotencyKey: 'b', products: ['BALANCES'], maxAge: '1m' }),
  );
});

test('its priority makes it no other: what is left of a bulk, asked for one by one, gets the bulk’s runs', () => {
  expect(fingerprint({ maxAge: '1m', priority: 'bulk' })).toBe(fingerprint({ maxAge: '1m' }));
  // As every release has written it into memos.
  expect(fingerprint({ maxAge: '1m' })).toBe('25b357598ca6b453');
});

test.each([
  [{ maxAge: '2m' }],
  [{ maxAge: '1m', products: ['BALANCES' as const] }],
  [{ maxAge: '1m', maxCharges: 1 }],
  [{ maxAge: '1m', onRepair: 'wait' as const }],
  [{ maxAge: '1m', onRateLimit: 'return' as const }],
  [{ maxAge: '1m', giveUpAfter: '1h' }],
  [{ freshSince: at('0s') }],
  [{}],
])('another request has another fingerprint: %j', (request) => {
  expect(fingerprint(request)).not.toBe(fingerprint({ maxAge: '1m' }));
});

describe('the first use of a key', () => {
  const { state } = new Run({ idempotencyKey: 'k', maxAge: '10m' });
  const { keys } = state.callers;
  const found = (request: Parameters<typeof findKey>[1] & { maxAge?: string }, moment = '1h') =>
    findKey(keys, request, Date.parse(at(moment)));

  test('is found by the same request within 24 hours', () => {
    expect(found({ idempotencyKey: 'k', maxAge: '10m' })).toMatchObject({ key: 'k', freshSince: at('-10m') });
    expect(found({ idempotencyKey: 'k', maxAge: '10m' }, '24h')).toBeNull();
  });

  test('conflicts with another request', () => {
    expect(found({ idempotencyKey: 'k' })).toBe('conflict');
  });

  test('is nobody’s without the key', () => {
    expect(found({ maxAge: '10m' })).toBeNull();
    expect(found({ idempotencyKey: 'other', maxAge: '10m' })).toBeNull();
  });
});

test('a join that repeats a key asks for nothing: its first use counts', () => {
  const run = new Run({}).reads().joins({ idempotencyKey: 'k' });
  const { terms } = run.state;
  expect(run.at('5m').joins({ idempotencyKey: 'k' }).state.terms).toEqual(terms);
});
