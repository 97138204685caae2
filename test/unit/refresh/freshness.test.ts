import { findEvidence, isDone, needsOf } from '../../../src/refresh/freshness';
import { PRODUCTS, evidenceEventFor } from '../../../src/refresh/model/product';
import { beginRead, recordRead } from '../../../src/refresh/record/record-read';
import { Run, T0, aConnection, accepted, at, lost, ms, serverError } from './support/a-run';

const missing = ({ state, nowMs }: Run): readonly string[] =>
  findEvidence(needsOf(state), state, nowMs).missing;
const isProven = (run: Run): boolean => missing(run).length === 0;

describe('what is wanted', () => {
  test('is every product there is, when Meld does not say what the connection has', () => {
    const run = new Run().reads({ products: [] });
    expect(run.next).toMatchObject({ step: 'call', products: null });
    run.calls(accepted).at('5s').event('accounts_updated', '5s').event('transactions_aggregated', '5s');
    expect(Object.keys(run.reads({ products: [] }).result.evidence)).toEqual([...PRODUCTS]);
  });

  test.each(PRODUCTS)('%s can be called for by name', (product) => {
    const run = new Run({ products: [product] }).reads({ products: [...PRODUCTS] });
    expect(run.next).toMatchObject({ step: 'call', products: [product] });
  });

  test.each([
    ['BALANCES', 'accounts_updated'],
    ['IDENTIFIERS', 'accounts_updated'],
    ['INVESTMENT_HOLDINGS', 'accounts_updated'],
    ['INVESTMENT_TRANSACTIONS', 'transactions_aggregated'],
    ['OWNERS', 'accounts_updated'],
    ['TRANSACTIONS', 'transactions_aggregated'],
    ['CREDIT_SCORE', 'accounts_updated'],
  ])('%s is announced by %s', (product, event) => {
    expect(evidenceEventFor(product)).toBe(event);
  });
});

test.each([
  ['has nothing of what is wanted', { products: ['OWNERS'] }],
  ['lacks a part of it, and has young data of the rest', { products: ['OWNERS', 'BALANCES'], maxAge: '12h' }],
] as const)('of a connection that %s no read is ended early, as if the data were there', (_what, request) => {
  const run = new Run(request);
  run.state = beginRead(run.state, T0);
  run.event('status_changed', '0s');
  run.state = recordRead(run.state, { read: 'found', connection: aConnection() }, T0);
  expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
  expect(isDone(run.state, run.nowMs)).toBe(false);
  expect(run.reads().result).toMatchObject({ outcome: 'not_refreshable' });
});

describe('evidence', () => {
  test('of an event does not satisfy a join that wants later data', () => {
    const run = new Run({ products: ['BALANCES'] }).reads().calls(accepted);
    run.at('20s').event('accounts_updated', '6s');
    run.joins({ products: ['BALANCES'], freshSinceMs: T0 + ms('20s') });
    expect(isProven(run)).toBe(false);
    expect(run.reads().next).toMatchObject({ step: 'call', products: ['BALANCES'] });
    expect(isProven(run.event('accounts_updated', '15s'))).toBe(true);
  });

  test('is the youngest event, in whatever order they come', () => {
    const run = new Run({ products: ['BALANCES'] }).reads().calls(accepted).at('20s');
    run.event('accounts_updated', '9s').event('accounts_updated', '5s').event('accounts_updated', '7s');
    expect(run.reads().result).toMatchObject({
      evidence: { BALANCES: { eventId: 'accounts_updated@9s', occurredAt: at('9s') } },
    });
  });

  test('is the event that came first, of two of the same instant', () => {
    const run = new Run({ products: ['BALANCES'] }).reads().calls(accepted).at('20s');
    run.event('accounts_updated', '9s', 'first').event('accounts_updated', '9s', 'second');
    expect(run.reads().result).toMatchObject({ evidence: { BALANCES: { eventId: 'first' } } });
  });

  test('does not explain other news', () => {
    const run = new Run().reads().calls(accepted).at('5s').event('status_changed', '4s');
    expect(run.event('accounts_updated', '5s').next).toMatchObject({ step: 'read', kind: 'deciding' });
  });

  test('is a first timestamp after the call, though a clock that is behind dates it a little before', () => {
    const run = new Run({ products: ['BALANCES'] }).reads({ successfullyAggregatedAt: null }).calls(accepted);
    run.waits().reads({ successfullyAggregatedAt: at('-5s') });
    expect(run.result).toMatchObject({
      outcome: 'refreshed',
      aggregatedAt: { before: null, after: at('-5s') },
      evidence: { BALANCES: { by: 'successfullyAggregatedAt', aggregatedAt: at('-5s') } },
    });
  });

  test('is not a timestamp that a replica which lags shows again', () => {
    const run = new Run({ products: ['BALANCES'], maxAge: '10m' }).reads();
    run
      .calls(accepted)
      .waits()
      .reads({ successfullyAggregatedAt: at('-7h') });
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
  });

  test('that came while the connection was read asks for one more read of a status that would end it', () => {
    const run = new Run().reads({ status: 'IN_PROGRESS' }).event('status_changed', '0s');
    expect(run.next).toMatchObject({ step: 'read', kind: 'deciding', why: 'a webhook brought news' });
    expect(run.reads().next.step).toBe('call');
  });

  test('of a part is read once more before the rest is paid for', () => {
    const run = new Run().reads().calls(serverError).waits().reads().event('accounts_updated', '15s');
    expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
    expect(run.reads().next).toMatchObject({ step: 'call', products: ['TRANSACTIONS'] });
  });
});

describe('before a call', () => {
  test('data of a moment to come is waited for, but not beyond the deadline', () => {
    const soon = new Run({ freshSince: at('10s'), giveUpAfter: '1m' }).reads();
    expect(soon.next).toMatchObject({ phase: 'waiting_to_call', untilMs: T0 + ms('10s') });
    const late = new Run({ freshSince: at('1m'), giveUpAfter: '1m' }).reads();
    expect(late.next).toMatchObject({ phase: 'waiting_to_call', untilMs: T0 + ms('1m') });
    expect(() => new Run({ freshSince: at('60001ms'), giveUpAfter: '1m' })).toThrow('freshSince');
  });

  test.each([
    ['2h', 'finish'],
    ['7200001ms', 'wait'],
  ])('a window of two hours and a deadline after %s: %s', (giveUpAfter, step) => {
    expect(new Run({ notBefore: at('2h'), giveUpAfter }).reads().next.step).toBe(step);
  });

  test('fresh data waits for the end of its wait in the phase that says so', () => {
    const run = new Run({ maxAge: '15m' }).reads({ successfullyAggregatedAt: at('-10s') });
    expect(run.next).toMatchObject({ phase: 'waiting_for_data' });
  });
});

describe('provenance: what follows a call for some products', () => {
  const products = ['BALANCES', 'OWNERS', 'TRANSACTIONS', 'INVESTMENT_TRANSACTIONS'];
  describe.each([
    ['accepted', (run: Run) => run.calls(accepted)],
    ['lost', (run: Run) => run.calls(lost)],
    ['under way', (run: Run) => run.sends()],
  ])('when that call is %s', (_name, call) => {
    test.each([
      ['BALANCES', 'OWNERS', 'accounts_updated'],
      ['TRANSACTIONS', 'INVESTMENT_TRANSACTIONS', 'transactions_aggregated'],
    ] as const)('by event: that for %s proves nothing of %s', (asked, joined, kind) => {
      const run = call(new Run({ products: [asked] }).reads({ products })).joins({ products: [joined] });
      expect(missing(run.at('5s').event(kind, '5s'))).toEqual([joined]);
      // Within the clock tolerance it may be an event of that call as well.
      const early = call(new Run({ products: [asked] }).reads({ products })).joins({ products: [joined] });
      expect(missing(early.event(kind, '-5s'))).toEqual([joined]);
    });
  });

  test.each([
    ['BALANCES', 'OWNERS'],
    ['TRANSACTIONS', 'INVESTMENT_TRANSACTIONS'],
  ] as const)('by timestamp: that for %s proves nothing of %s', (asked, joined) => {
    const run = new Run({ products: [asked] })
      .reads({ products })
      .calls(accepted)
      .joins({ products: [joined] });
    run.waits().reads({ products, successfullyAggregatedAt: at('5s') });
    expect(missing(run)).toEqual([joined]);
  });

  test('what is dated before the call proves any product', () => {
    const run = new Run({ products: ['BALANCES'], maxAge: '1h' })
      .reads({ products })
      .calls(accepted)
      .joins({ products: ['OWNERS'] });
    expect(missing(run.event('accounts_updated', '-5001ms'))).toEqual([]);
  });

  test('a call for all products takes nothing away', () => {
    const run = new Run()
      .reads({ products })
      .calls(accepted)
      .joins({ products: ['OWNERS'] });
    run.at('5s').event('accounts_updated', '5s').event('transactions_aggregated', '5s');
    expect(missing(run)).toEqual([]);
  });
});

describe('a call that left long after it was decided on', () => {
  const products = ['BALANCES', 'OWNERS'];
  /** Asks for balances, leaves after four minutes; somebody wants owners meanwhile. */
  const late = (occurred: string) => {
    const run = new Run({ products: ['BALANCES'] }).reads({ products }).sends();
    run.at('2m').event('accounts_updated', occurred).at('4m');
    return run.answers({ ...accepted, sentAt: at('4m') }).joins({ products: ['OWNERS'], freshSinceMs: T0 });
  };

  test('explains no data from before it left: what it did not ask for is there', () => {
    expect(missing(late('1m'))).toEqual([]);
  });

  test('explains what is dated from shortly before it left', () => {
    expect(missing(late('235s'))).toEqual(['OWNERS']);
  });

  test('proves by a timestamp that it moved whatever is wanted until it left', () => {
    const run = new Run({ products: ['BALANCES'] }).reads({ products }).sends().at('4m');
    run
      .answers({ ...accepted, sentAt: at('4m') })
      .joins({ products: ['BALANCES'], freshSinceMs: T0 + ms('4m') });
    run.at('5m').reads({ products, successfullyAggregatedAt: at('239s') });
    expect(missing(run)).toEqual([]);
  });
});

describe('provenance over several calls', () => {
  const products = ['BALANCES', 'OWNERS'];
  const lastCall = { sentAt: at('-10m'), products: ['BALANCES'], aggregatedBefore: at('-6h') } as const;

  test('a timestamp that an earlier run moved for some products tells of no others', () => {
    const run = new Run({ maxAge: '15m', lastCall }).reads({
      products,
      successfullyAggregatedAt: at('-9m'),
    });
    expect(run.next).toMatchObject({ step: 'call', products: ['OWNERS'] });
  });

  test('one of longer after that call than its data is awaited is of Meld itself', () => {
    const earlier = { ...lastCall, sentAt: at('-41m') };
    const run = new Run({ maxAge: '15m', lastCall: earlier }).reads({
      products,
      successfullyAggregatedAt: at('-11m'),
    });
    expect(run.result.outcome).toBe('already_fresh');
  });

  test('as long as that call can have left late enough it explains what came', () => {
    const earlier = { ...lastCall, sentAt: at('-41m'), leftBy: at('-37m') };
    const run = new Run({ maxAge: '15m', lastCall: earlier }).reads({
      products,
      successfullyAggregatedAt: at('-11m'),
    });
    expect(run.next).toMatchObject({ step: 'call', products: ['OWNERS'] });
  });

  test('a timestamp that Meld showed when a call was made is not of its data, however soon after it the call was', () => {
    const second = { sentAt: at('-1s'), products: ['OWNERS'], aggregatedBefore: at('-2s') } as const;
    const first = { ...lastCall, sentAt: at('-3s') };
    const run = new Run({ maxAge: '15m', lastCall: { ...second, earlier: [first] } });
    run.reads({ products, successfullyAggregatedAt: at('-2s') });
    expect(findEvidence(needsOf(run.state), run.state, run.nowMs).missing).toEqual(['OWNERS']);
  });

  test.each([
    ['is dated to the second, as the timestamp before is not', '-200ms', '-800ms'],
    ['is dated by another clock than the timestamp before', '10s', '1s'],
  ])('an event that %s tells of no more than the call has asked for', (_what, shown, occurred) => {
    const run = new Run({ products: ['OWNERS'] }).reads({ products, successfullyAggregatedAt: at(shown) });
    run.calls(accepted).joins({ products: ['BALANCES'] });
    run.at('2s').event('accounts_updated', occurred);
    expect(missing(run)).toContain('BALANCES');
  });

  test('a timestamp after one that was dated an hour ahead tells of no more than the call has asked for', () => {
    const run = new Run({ products: ['OWNERS'] }).reads({ products, successfullyAggregatedAt: at('1h') });
    run.calls(accepted).joins({ products: ['BALANCES'] });
    run.waits().reads({ products, successfullyAggregatedAt: at('5s') });
    expect(missing(run)).toEqual(['BALANCES']);
  });

  test('nor does such a call explain what follows the next one, once its data has come', () => {
    const run = new Run({ products: ['OWNERS'] }).reads({ products, successfullyAggregatedAt: at('1h') });
    run.calls(accepted).joins({ products: ['BALANCES'] });
    run.at('5s').event('accounts_updated', '5s').at('10s').reads({ products }).calls(accepted);
    run.joins({ products: ['OWNERS'], freshSinceMs: T0 + ms('15s') });
    run.at('20s').event('accounts_updated', '20s');
    expect(missing(run)).toEqual(['OWNERS']);
  });

  test('a call whose data nobody awaits any more explains none that follows the next call', () => {
    const earlier = { ...lastCall, products: null, sentAt: at('-29m') };
    const run = new Run({ products: ['OWNERS'], lastCall: earlier }).reads({ products });
    run
      .waitsAndReads({ products })
      .calls(accepted)
      .joins({ products: ['BALANCES'] });
    const nowMs = run.nowMs + ms('5s');
    run.at(`${nowMs - T0}ms`).event('accounts_updated', `${nowMs - T0}ms`);
    expect(findEvidence(needsOf(run.state), run.state, nowMs).missing).toEqual(['BALANCES']);
  });

  test('nor does one whose data had come when the next call was sent', () => {
    const earlier = { ...lastCall, products: null };
    const run = new Run({ products: ['OWNERS'], lastCall: earlier });
    run.reads({ products, successfullyAggregatedAt: at('-9m') });
    run
      .calls(accepted)
      .joins({ products: ['BALANCES'] })
      .at('5s')
      .event('accounts_updated', '5s');
    expect(findEvidence(needsOf(run.state), run.state, run.nowMs).missing).toEqual(['BALANCES']);
  });
});

describe('what is too old or from the future', () => {
  test('a timestamp that moved, but to before the request, is not fresh', () => {
    const run = new Run().reads({ successfullyAggregatedAt: at('-26h') }).calls(accepted);
    run.waits().reads({ successfullyAggregatedAt: at('-10m') });
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
    expect(run.waitsAndReads({ successfullyAggregatedAt: at('-10m') }).result).toMatchObject({
      outcome: 'escalated',
      reason: 'no_fresh_data',
    });
  });

  test.each([
    ['24h', false],
    ['5001ms', false],
    ['5s', true],
  ])('a timestamp %s ahead of now: proven is %s', (ahead, proven) => {
    const run = new Run({ products: ['BALANCES'] }).reads({ successfullyAggregatedAt: at(ahead) });
    expect(isProven(run)).toBe(proven);
  });

  test('a timestamp ahead of now is read again later, and proves once its time has come', () => {
    const run = new Run({ products: ['BALANCES'] }).reads().calls(accepted).waits();
    run.reads({ successfullyAggregatedAt: at('50s') });
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data', untilMs: T0 + ms('90s') });
    expect(run.waits().reads({ successfullyAggregatedAt: at('50s') }).result.outcome).toBe('refreshed');
  });

  test('a timestamp ahead of now that was seen before the call was not moved by it', () => {
    const ahead = { successfullyAggregatedAt: at('60s') };
    const run = new Run({ products: ['BALANCES'], freshSince: at('1s') })
      .reads(ahead)
      .at('1s')
      .calls(accepted);
    run.at('90s').reads(ahead);
    expect(isProven(run)).toBe(false);
  });

  test('an event a day ahead of now proves nothing and asks for a read', () => {
    const run = new Run({ products: ['BALANCES'] }).reads().calls(accepted).at('5s');
    run.event('accounts_updated', '24h');
    expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
    expect(run.reads().next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
  });

  test('what was seen before its date proves nothing younger than when it was seen', () => {
    const wish = { products: ['BALANCES'], freshSinceMs: T0 + ms('23h') };
    const byEvent = new Run({ products: ['BALANCES'], giveUpAfter: '48h' }).reads().calls(accepted).at('5s');
    byEvent.event('accounts_updated', '24h').at('24h').joins(wish);
    expect(isProven(byEvent)).toBe(false);
    const connection = { successfullyAggregatedAt: at('24h') };
    const byTime = new Run({ products: ['BALANCES'], giveUpAfter: '48h' }).reads(connection);
    byTime.at('24h').joins(wish).reads(connection);
    expect(isProven(byTime)).toBe(false);
  });
});

test('an event from before a caller came does not prove what that caller asks for', () => {
  const early = new Run().reads().calls(accepted).at('5s').event('accounts_updated', '5s');
  expect(isProven(early.event('transactions_aggregated', '5s'))).toBe(true);
  expect(isProven(early.at('50s').joins({ products: ['BALANCES'] }))).toBe(true);
  expect(isProven(early.at('10m').joins({ products: ['BALANCES'] }))).toBe(false);
});

test('where webhooks are delivered the transactions event is awaited for longer', () => {
  const moved = { successfullyAggregatedAt: at('5s') };
  const run = new Run().reads().calls(accepted).at('5s').event('accounts_updated', '5s').waits().reads(moved);
  const untilMs = T0 + ms('30s') + ms('10m');
  expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data', untilMs });
  expect(run.waits().result).toMatchObject({
    outcome: 'refreshed',
    evidence: { TRANSACTIONS: { by: 'successfullyAggregatedAt' } },
  });
});

test.each(['constructor', 'toString', '__proto__'])(
  'a product named %s is not proven by its name',
  (name) => {
    const { state, nowMs } = new Run().reads();
    const needs = { products: [name], freshSinceMs: T0 };
    expect(findEvidence(needs, state, nowMs).missing).toEqual([name]);
  },
);
