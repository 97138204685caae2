import type { Product } from '../../../src/refresh/model/product';
import { findEvidence } from '../../../src/refresh/freshness';
import { Run, T0, accepted, at, ms, serverError } from './support/a-run';

const products = (run: Run): readonly Product[] | null | undefined =>
  run.next.step === 'call' ? run.next.products : undefined;

/** A run that called for balances alone, and got them. */
const balancesOnly = (): Run =>
  new Run({ products: ['BALANCES'], maxCharges: 5 }).reads().calls(accepted).at('5s');

describe('what a call asks for', () => {
  test('all of the connection, when all is wanted and nothing is proven', () => {
    expect(products(new Run().reads())).toBeNull();
  });

  test('the named products, when some were named', () => {
    expect(products(new Run({ products: ['TRANSACTIONS'] }).reads())).toEqual(['TRANSACTIONS']);
  });

  test('the named products, even when they are all that the connection has', () => {
    expect(products(new Run({ products: ['BALANCES', 'TRANSACTIONS'] }).reads())).toEqual([
      'BALANCES',
      'TRANSACTIONS',
    ]);
  });

  test('only what is missing, when part of it came by itself', () => {
    const run = new Run().at('1s').event('accounts_updated', '1s').reads();
    expect(products(run)).toEqual(['TRANSACTIONS']);
  });

  test('an optional product that was named besides all of the connection', () => {
    const connection = { optionalProducts: ['OWNERS'] };
    const run = new Run({ products: ['OWNERS'] }).joins().reads(connection);
    expect(products(run)).toEqual(['BALANCES', 'TRANSACTIONS', 'OWNERS']);
  });

  test("Meld's all, when a product that nobody here knows is missing", () => {
    expect(products(new Run().reads({ products: ['BALANCES', 'CREDIT_SCORE'] }))).toBeNull();
    const part = new Run()
      .event('accounts_updated', '1s')
      .reads({ products: ['TRANSACTIONS', 'CREDIT_SCORE'] });
    expect(products(part)).toEqual(['TRANSACTIONS']);
    const rest = new Run()
      .event('transactions_aggregated', '1s')
      .reads({ products: ['BALANCES', 'TRANSACTIONS', 'CREDIT_SCORE'] });
    expect(products(rest)).toBeNull();
  });

  test("not Meld's all, when as many are missing as the connection has, but others", () => {
    const run = new Run({ products: ['OWNERS'] }).joins().event('transactions_aggregated', '1s');
    expect(products(run.reads({ optionalProducts: ['OWNERS'] }))).toEqual(['BALANCES', 'OWNERS']);
  });
});

describe('a call for some products', () => {
  test('moves the timestamp of the connection without proving the others', () => {
    const run = balancesOnly().joins({ products: ['TRANSACTIONS'] });
    run
      .event('accounts_updated', '5s')
      .at('30s')
      .reads({ successfullyAggregatedAt: at('5s') });
    expect(products(run)).toEqual(['TRANSACTIONS']);
  });

  test('proves its own by the timestamp', () => {
    const run = balancesOnly()
      .at('30s')
      .reads({ successfullyAggregatedAt: at('5s') });
    expect(run.result).toMatchObject({
      outcome: 'refreshed',
      evidence: { BALANCES: { by: 'successfullyAggregatedAt' } },
    });
  });

  test('proves each of several', () => {
    const run = new Run({ products: ['BALANCES', 'TRANSACTIONS'] }).reads().calls(accepted).waits();
    expect(run.reads({ successfullyAggregatedAt: at('5s') }).waits().result).toMatchObject({
      outcome: 'refreshed',
      evidence: { BALANCES: { by: 'successfullyAggregatedAt' }, TRANSACTIONS: {} },
    });
  });

  test('and the call for the rest proves the rest', () => {
    const run = balancesOnly()
      .joins({ products: ['TRANSACTIONS'] })
      .event('accounts_updated', '5s');
    run
      .at('30s')
      .reads({ successfullyAggregatedAt: at('5s') })
      .calls(accepted);
    run.at('60s').reads({ successfullyAggregatedAt: at('40s') });
    expect(run.waits().result).toMatchObject({ outcome: 'refreshed', calls: [{}, {}] });
  });

  test('that failed leaves what the timestamp says alone', () => {
    const run = new Run({ products: ['BALANCES'] })
      .reads()
      .calls(serverError)
      .joins({ products: ['TRANSACTIONS'] });
    run.waits().reads({ successfullyAggregatedAt: at('1s') });
    expect(run.waits().result).toMatchObject({ outcome: 'refreshed', evidence: { TRANSACTIONS: {} } });
  });
});

describe('a call for balances that one for transactions has followed', () => {
  test.each([
    ['has moved since the first', at('-6h'), at('1s'), false],
    ['has moved since the first, by a clock behind ours', at('-6h'), at('-1ms'), false],
    ['has moved since the first, by a clock far ahead of ours', at('-6h'), at('9m'), false],
    ['stands where it stood before both', at('-6h'), at('-6h'), true],
    ['stands where it stood before both, moments earlier', at('-1ms'), at('-1ms'), true],
  ])(
    'when the timestamp %s, an event later on proves balances: %p, %p, %p',
    (_name, before, shown, proven) => {
      const lastCall = { sentAt: at('0s'), products: ['BALANCES' as const], aggregatedBefore: before };
      const run = new Run({ products: ['TRANSACTIONS'], lastCall })
        .at('1s')
        .reads({ successfullyAggregatedAt: shown })
        .calls(accepted)
        .at('10m')
        .event('accounts_updated', '10m');
      const needs = { products: ['BALANCES'], freshSinceMs: T0 + ms('5m') };
      expect(findEvidence(needs, run.state, run.nowMs).evidence.has('BALANCES')).toBe(proven);
    },
  );

  test.each([
    ['none', [], true],
    ['that its data was there before the second', ['500ms'], false],
    ['of data before both', ['-1m'], true],
    ['of data after both', ['2m'], true],
  ])('when events tell %s, a later one proves balances: %p, %p', (_name, events, proven) => {
    const lastCall = { sentAt: at('0s'), products: ['BALANCES' as const], aggregatedBefore: at('-6h') };
    const run = new Run({ products: ['TRANSACTIONS'], lastCall }).at('1s').reads().calls(accepted).at('10m');
    for (const occurred of events) run.event('accounts_updated', occurred);
    run.event('accounts_updated', '10m');
    const needs = { products: ['BALANCES'], freshSinceMs: T0 + ms('5m') };
    expect(findEvidence(needs, run.state, run.nowMs).evidence.has('BALANCES')).toBe(proven);
  });
});

describe('several windows at once', () => {
  const mx = { serviceProvider: 'MX', successfullyAggregatedAt: at('-1h') };

  test.each([
    ["the provider's rule ends last", at('1h'), '2h'],
    ['what an earlier refresh left ends last', at('150m'), '150m'],
  ])('%s: that one holds', (_name, notBefore, until) => {
    const { next } = new Run({ notBefore }).reads(mx);
    expect(next).toMatchObject({ step: 'wait', untilMs: T0 + ms(until) });
  });

  test('a call that failed opens no window at the provider', () => {
    const run = new Run()
      .reads({ ...mx, successfullyAggregatedAt: at('-9h') })
      .calls(serverError)
      .waits();
    run.reads({ ...mx, successfullyAggregatedAt: at('-9h') });
    expect(run.next.step).toBe('call');
  });

  test('a window that is over holds nothing up', () => {
    expect(new Run({ notBefore: at('0s') }).reads().next.step).toBe('call');
  });

  test('a window that ends with the deadline is not the reason there', () => {
    expect(new Run({ giveUpAfter: '1h', notBefore: at('1h') }).at('1h').reads().result).toMatchObject({
      outcome: 'escalated',
      reason: 'deadline',
    });
  });

  test('nor is the one that our own call opened, while its data is waited for', () => {
    const run = new Run({ giveUpAfter: '10m' }).reads({ ...mx, successfullyAggregatedAt: at('-9h') });
    run.calls(accepted).waitsAndReads({ ...mx, successfullyAggregatedAt: at('-9h') });
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'deadline' });
  });

  test('a window that lasts beyond the deadline is the reason at the deadline', () => {
    expect(new Run({ giveUpAfter: '1h', notBefore: at('5h') }).at('2h').reads().result).toMatchObject({
      outcome: 'rate_limited',
      nextAllowedAt: at('5h'),
    });
  });
});
