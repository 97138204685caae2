import type { RefreshRequest } from '../../../src/refresh/model/request';
import type { Join, Terms } from '../../../src/refresh/state';
import { Run, T0, at, ms } from './support/a-run';

/** What a run that was asked for so, and joined so, is to do. */
const termsOf = (request: Partial<RefreshRequest>, join: Partial<Join>): Terms =>
  new Run(request).reads().joins(join).state.terms;

describe('of two wishes the one that satisfies both holds', () => {
  test.each<[string, Partial<RefreshRequest>, Partial<Join>, Partial<Terms>]>([
    [
      'more products',
      { products: ['BALANCES'] },
      { products: ['TRANSACTIONS', 'BALANCES'] },
      { allProducts: false, products: ['BALANCES', 'TRANSACTIONS'] },
    ],
    [
      'all products, when the join names none',
      { products: ['BALANCES'] },
      { products: null },
      { allProducts: true, products: ['BALANCES'] },
    ],
    [
      'all products, when the run was asked for all',
      {},
      { products: ['BALANCES'] },
      { allProducts: true, products: ['BALANCES'] },
    ],
    ['the later instant', { freshSince: at('0s') }, { freshSinceMs: T0 + 1 }, { freshSinceMs: T0 + 1 }],
    [
      'the later instant, if that is the run’s',
      { freshSince: at('0s') },
      { freshSinceMs: T0 - 1 },
      { freshSinceMs: T0 },
    ],
    [
      'the instant of the run, when the join is content with it',
      { freshSince: at('-1h') },
      { freshSinceMs: null },
      { freshSinceMs: T0 - ms('1h') },
    ],
    ['the later deadline', { giveUpAfter: '1h' }, { giveUpAfterMs: ms('2h') }, { deadlineMs: T0 + ms('2h') }],
    [
      'the later deadline, if that is the run’s',
      { giveUpAfter: '3h' },
      { giveUpAfterMs: ms('2h') },
      { deadlineMs: T0 + ms('3h') },
    ],
    [
      'the deadline of the policy, when the join names none',
      { giveUpAfter: '1h', policy: { giveUpAfter: '5h' } },
      { giveUpAfterMs: null },
      { deadlineMs: T0 + ms('5h') },
    ],
    ['more charges', { maxCharges: 1 }, { maxCharges: 3 }, { maxCharges: 3 }],
    ['more charges, if those are the run’s', { maxCharges: 4 }, { maxCharges: 3 }, { maxCharges: 4 }],
    [
      'the charges of the policy, when the join names none',
      { maxCharges: 1, policy: { maxCharges: 5 } },
      { maxCharges: null },
      { maxCharges: 5 },
    ],
  ])('%s', (_name, request, join, terms) => {
    expect(termsOf(request, join)).toMatchObject(terms);
  });

  test('a deadline counts from the join', () => {
    const run = new Run({ giveUpAfter: '1h' })
      .reads()
      .at('30m')
      .joins({ giveUpAfterMs: ms('1h') });
    expect(run.state.terms.deadlineMs).toBe(T0 + ms('90m'));
  });

  test.each(['onRateLimit', 'onRepair'] as const)('%s: who waits wins', (field) => {
    const wins = [
      ['return', 'return'],
      ['return', 'wait'],
      ['wait', 'return'],
      ['wait', 'wait'],
    ] as const;
    expect(wins.map(([run, join]) => termsOf({ [field]: run }, { [field]: join })[field])).toEqual([
      'return',
      'wait',
      'wait',
      'wait',
    ]);
  });
});

describe('a join', () => {
  test('counts once, however often it is signaled', () => {
    const once = new Run().reads().joins({ joinId: 'j', maxCharges: 3 });
    const { state } = once;
    expect(once.joins({ joinId: 'j', maxCharges: 9 }).state).toBe(state);
  });

  test('that names what the connection does not have changes nothing', () => {
    const run = new Run({ products: ['BALANCES'] }).reads();
    const { terms } = run.state;
    expect(run.joins({ products: ['BALANCES', 'OWNERS'], maxCharges: 9 }).state.terms).toEqual(terms);
  });

  test('that comes before the connection was read waits for it, and is judged then', () => {
    const run = new Run({ products: ['BALANCES'] })
      .joins({ joinId: 'good', products: ['TRANSACTIONS'] })
      .joins({ joinId: 'bad', products: ['OWNERS'] });
    expect(run.state.terms.products).toEqual(['BALANCES']);
    run.reads();
    expect(run.state).toMatchObject({ terms: { products: ['BALANCES', 'TRANSACTIONS'] }, pendingJoins: [] });
  });

  test('keeps waiting while the connection cannot be read', () => {
    const run = new Run({ products: ['BALANCES'] }).joins({ products: ['TRANSACTIONS'] });
    run.reads({ read: 'unavailable', message: 'no' });
    expect(run.state.pendingJoins).toHaveLength(1);
  });

  test('gets into no run that asks for more than the connection has', () => {
    const run = new Run({ products: ['OWNERS'] }).joins({ products: ['TRANSACTIONS'] }).reads();
    expect(run.state.terms.products).toEqual(['OWNERS']);
    expect(run.result).toMatchObject({ outcome: 'not_refreshable' });
  });
});
