import { findEvidence, needsOf } from '../../../src/refresh/freshness';
import { PRODUCTS, evidenceEventFor } from '../../../src/refresh/model/product';
import { Run, T0, accepted, at, ms, serverError } from './support/a-run';

const isProven = ({ state, nowMs }: Run): boolean =>
  findEvidence(needsOf(state), state, nowMs).missing.length === 0;

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
