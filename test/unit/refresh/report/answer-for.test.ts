import { answerFor } from '../../../../src/refresh/report/answer-for';
import type { RefreshResult } from '../../../../src/refresh/model/outcome';
import { Run, T0, accepted, at } from '../support/a-run';

const since = at('0s');

/** Reads until it has an end. */
const ended = (run: Run): RefreshResult => run.waitsAndReads().result;

/** A run for balances, which a call brought. */
const balances = (run: Run): Run => run.calls(accepted).at('5s').event('accounts_updated', '5s');

describe('a product that the connection lacks', () => {
  test('is told to the one who started the run with it; the run goes on for the one who joined', () => {
    const run = new Run({ products: ['OWNERS'] }).joins({ products: ['BALANCES'], freshSinceMs: T0 }).reads();
    const result = ended(balances(run));
    expect(result).toMatchObject({ outcome: 'refreshed', evidence: { BALANCES: { by: 'event' } } });
    expect(answerFor(result, { products: ['OWNERS'], freshSince: since })).toMatchObject({
      outcome: 'not_refreshable',
      reason: 'PRODUCT_NOT_AVAILABLE: OWNERS',
    });
    expect(answerFor(result, { products: ['BALANCES'], freshSince: since })).toMatchObject({
      outcome: 'refreshed',
      evidence: { BALANCES: { by: 'event' } },
    });
  });

  test('is told to the one who joined with it before the first read; the other gets the data', () => {
    const run = new Run({ products: ['BALANCES'] }).joins({ products: ['BALANCES', 'OWNERS'] }).reads();
    const result = ended(balances(run));
    expect(answerFor(result, { products: ['BALANCES', 'OWNERS'], freshSince: since })).toMatchObject({
      outcome: 'not_refreshable',
      reason: 'PRODUCT_NOT_AVAILABLE: OWNERS',
    });
    expect(answerFor(result, { products: ['BALANCES'], freshSince: since }).outcome).toBe('refreshed');
  });

  test('later, when it takes one away, ends no run that others still want something else of', () => {
    const run = new Run({ products: ['BALANCES'] }).joins({ products: ['TRANSACTIONS'] }).reads();
    run.event('status_changed', '0s').reads({ products: ['BALANCES'] });
    expect(run.next).toMatchObject({ step: 'call', products: ['BALANCES'] });
  });

  test('ends a run that everybody started and joined with it', () => {
    const run = new Run({ products: ['OWNERS'] }).joins({ products: ['IDENTIFIERS'] }).reads();
    expect(run.result).toMatchObject({ outcome: 'not_refreshable' });
  });
});

describe("one whose data is proven is told so, though another's request made the run escalate", () => {
  const run = (): Run => new Run({ products: ['BALANCES'], maxCharges: 1 }).reads();

  test('with calls: refreshed', () => {
    const result = ended(balances(run()).joins({ products: ['TRANSACTIONS'] }));
    expect(result).toMatchObject({ outcome: 'escalated', reason: 'charge_limit' });
    expect(answerFor(result, { products: ['BALANCES'], freshSince: since })).toMatchObject({
      outcome: 'refreshed',
      freshSince: since,
    });
    expect(answerFor(result, { products: ['TRANSACTIONS'], freshSince: since })).toMatchObject({
      outcome: 'escalated',
      reason: 'charge_limit',
    });
    expect(answerFor(result, { freshSince: since }).outcome).toBe('escalated');
  });

  test('without a call: already_fresh', () => {
    const broken = { status: 'RECONNECT_REQUIRED', successfullyAggregatedAt: at('-10m') };
    const { result } = new Run().reads(broken);
    expect(result.outcome).toBe('repair_required');
    expect(answerFor(result, { freshSince: at('-10m') })).toMatchObject({
      outcome: 'already_fresh',
      evidence: { BALANCES: {}, TRANSACTIONS: {} },
    });
    expect(answerFor(result, { freshSince: at('-599999ms') }).outcome).toBe('repair_required');
  });
});

test('one who wants later data than the run had to find is not told that it is there', () => {
  const result = ended(balances(new Run({ products: ['BALANCES'] }).reads()));
  expect(answerFor(result, { products: ['BALANCES'], freshSince: at('10s') }).outcome).toBe('refreshed');
  expect(answerFor(result, { products: ['BALANCES'], freshSince: at('10001ms') })).toMatchObject({
    outcome: 'escalated',
    reason: 'no_fresh_data',
  });
});

test.each(['constructor', 'toString', '__proto__'])(
  'a product named %s is not proven by its name',
  (name) => {
    const run = new Run({ maxAge: '1h' }).reads({ products: [], successfullyAggregatedAt: at('-10m') });
    expect(run.result.outcome).toBe('already_fresh');
    expect(answerFor(run.result, { products: [name], freshSince: at('-1h') }).outcome).toBe('escalated');
  },
);

test('a deleted connection has no readable data for anybody', () => {
  const { result } = new Run().reads({ status: 'DELETED', successfullyAggregatedAt: at('-10m') });
  expect(answerFor(result, { freshSince: at('-1h') }).outcome).toBe('not_refreshable');
});
