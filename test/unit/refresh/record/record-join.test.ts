import { decide } from '../../../../src/refresh/decide';
import { toProgress } from '../../../../src/refresh/report/describe-progress';
import type { RefreshRequest } from '../../../../src/refresh/model/request';
import { parseJoin } from '../../../../src/refresh/input/parse-request';
import { asksNothingNew, recordJoins } from '../../../../src/refresh/record/record-join';
import type { Terms } from '../../../../src/refresh/state';
import { Run, T0, accepted, aJoin, at, ms, type Wish } from '../support/a-run';

/** What a run that was asked for so, and joined so, is to do. */
const termsOf = (request: Partial<RefreshRequest>, join: Wish): Terms =>
  new Run(request).reads().joins(join).state.terms;

/** What a `join` signal comes to, at that moment of the run. */
const signaled = (signal: unknown, moment = '0s', request: Partial<RefreshRequest> = {}): Terms => {
  const run = new Run(request).reads().at(moment);
  return parseJoin(signal, run.nowMs, run.state.policy).join.terms;
};

describe('of two requests the one that satisfies both holds', () => {
  test.each<[string, Partial<RefreshRequest>, Wish, Partial<Terms>]>([
    [
      'more products',
      { products: ['BALANCES'] },
      { products: ['TRANSACTIONS', 'BALANCES'] },
      { allProducts: false, products: ['BALANCES', 'TRANSACTIONS'] },
    ],
    [
      'all products, when the join names none',
      { products: ['BALANCES'] },
      {},
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
    ['the later deadline', { giveUpAfter: '1h' }, { deadlineMs: T0 + 9e6 }, { deadlineMs: T0 + 9e6 }],
    [
      'the later deadline, if that is the run’s',
      { giveUpAfter: '3h' },
      { deadlineMs: T0 + ms('2h') },
      { deadlineMs: T0 + ms('3h') },
    ],
    ['more charges', { maxCharges: 1 }, { maxCharges: 3 }, { maxCharges: 3 }],
    ['more charges, if those are the run’s', { maxCharges: 4 }, { maxCharges: 3 }, { maxCharges: 4 }],
    [
      'the named limit, when the join names none',
      { maxCharges: 1, policy: { maxCharges: 5 } },
      {},
      { maxCharges: 1 },
    ],
    [
      'the limit of the policy, when the join names a smaller one and the run named none',
      { policy: { maxCharges: 5 } },
      { maxCharges: 3 },
      { maxCharges: 5 },
    ],
    ['no limit of its own, when nobody named one', {}, {}, { maxCharges: null }],
  ])('%s', (_name, request, join, terms) => {
    expect(termsOf(request, join)).toMatchObject(terms);
  });

  test('priority: "interactive", the default, wins', () => {
    const wins = [
      ['bulk', 'bulk'],
      ['bulk', 'interactive'],
      ['interactive', 'bulk'],
    ] as const;
    expect(wins.map(([run, join]) => termsOf({ priority: run }, { priority: join }).priority)).toEqual([
      'bulk',
      'interactive',
      'interactive',
    ]);
    expect(new Run().state.terms.priority).toBe('interactive');
    expect(signaled({}, '0s', { priority: 'bulk' }).priority).toBe('interactive');
  });

  test.each(['onRateLimit', 'onRepair'] as const)('%s: "wait" wins', (field) => {
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
  test('that names no instant wants data from its own moment, less what coalesces', () => {
    expect(signaled({}, '10m')).toMatchObject({ freshSinceMs: T0 + ms('9m') });
    expect(signaled({}, '10m', { policy: { coalesce: '3m' } })).toMatchObject({
      freshSinceMs: T0 + ms('7m'),
    });
  });

  test('counts its age and its deadline from when it was requested', () => {
    const signal = { requestedAt: at('30m'), maxAge: '5m', giveUpAfter: '1h' };
    expect(signaled(signal, '31m')).toMatchObject({
      freshSinceMs: T0 + ms('25m'),
      deadlineMs: T0 + ms('90m'),
    });
  });

  test('has the deadline of the policy, when it names none', () => {
    expect(signaled({}, '1h', { giveUpAfter: '1h', policy: { giveUpAfter: '5h' } })).toMatchObject({
      deadlineMs: T0 + ms('6h'),
    });
  });

  test('cannot come from later than now', () => {
    expect(signaled({ requestedAt: at('9h') }, '10m')).toMatchObject({ freshSinceMs: T0 + ms('9m') });
  });

  test('that wants data from after its end counts as one that did not say since when', () => {
    const run = new Run().at('10m');
    const signal = { freshSince: at('2h'), giveUpAfter: '1h' };
    const { join, problems } = parseJoin(signal, run.nowMs, run.state.policy);
    expect(join.terms).toMatchObject({ freshSinceMs: T0 + ms('9m'), deadlineMs: T0 + ms('70m') });
    expect(problems).toEqual([expect.stringContaining('freshSince')]);
  });

  test.each<[string, unknown, Partial<Terms>]>([
    [
      'unknown fields are ignored',
      { products: ['TRANSACTIONS'], urgency: 'high' },
      { allProducts: false, products: ['TRANSACTIONS'] },
    ],
    [
      'unknown products are taken as wishes',
      { products: ['LIABILITIES'] },
      { allProducts: false, products: ['LIABILITIES'] },
    ],
    ['what cannot be read counts as not said', { maxCharges: 'many', maxAge: '5m' }, { maxCharges: null }],
    ['a number is a plain join', 7, { allProducts: true, products: [] }],
    ['nothing at all is a plain join', undefined, { allProducts: true, products: [] }],
  ])('was acknowledged, so it is never dropped for its form: %s', (_name, signal, terms) => {
    expect(signaled(signal)).toMatchObject(terms);
  });

  test('counts once, however often it is signaled', () => {
    const once = new Run().reads().joins({ joinId: 'j', maxCharges: 3 });
    const { terms } = once.state;
    expect(once.joins({ joinId: 'j', maxCharges: 9 }).state.terms).toEqual(terms);
  });

  test('that names what the connection does not have changes nothing', () => {
    const run = new Run({ products: ['BALANCES'] }).reads();
    const { terms } = run.state;
    expect(run.joins({ products: ['BALANCES', 'OWNERS'], maxCharges: 9 }).state.terms).toEqual(terms);
  });

  test('that comes before the connection was read is judged once it is', () => {
    const run = new Run({ products: ['BALANCES'] })
      .joins({ joinId: 'good', products: ['TRANSACTIONS'] })
      .joins({ joinId: 'bad', products: ['OWNERS'] });
    expect(run.state.callers.pending).toHaveLength(3);
    run.reads();
    expect(run.state).toMatchObject({
      terms: { products: ['BALANCES', 'TRANSACTIONS'] },
      callers: { pending: [] },
    });
  });

  test('keeps waiting while the connection cannot be read', () => {
    const run = new Run({ products: ['BALANCES'] }).joins({ products: ['TRANSACTIONS'] });
    run.reads({ read: 'unavailable', message: 'no' });
    expect(run.state.callers.pending).toHaveLength(2);
  });

  test('keeps a run going whose first caller names a product that the connection lacks', () => {
    const run = new Run({ products: ['OWNERS'] }).joins({ products: ['TRANSACTIONS'] }).reads();
    expect(run.state.terms.products).toEqual(['TRANSACTIONS']);
    expect(run.next).toMatchObject({ step: 'call', products: ['TRANSACTIONS'] });
  });

  test('comes by the thousand, each taken once', () => {
    const run = new Run({ products: ['BALANCES'] }).reads();
    const joins = Array.from({ length: 10_000 }, (_, n) =>
      aJoin({ joinId: `j${n % 5_000}`, maxCharges: n + 1, freshSinceMs: T0 + n }, run.nowMs, run.state),
    );
    run.state = recordJoins(run.state, joins, run.nowMs);
    expect(run.state.callers.seenJoinIds.size).toBe(5_000);
    expect(run.state.terms).toMatchObject({ allProducts: true, maxCharges: 5_000, freshSinceMs: T0 + 4_999 });
    expect(run.state.callers.pending).toEqual([]);
  });
});

describe('a join asks for nothing new', () => {
  /** Asked at that moment of a run that wants two products since T0, for an hour, with two charges. */
  const isNothing = (wish: Wish, moment = '30s', request: Partial<RefreshRequest> = {}): boolean => {
    const run = new Run({ products: ['BALANCES'], giveUpAfter: '24h', maxCharges: 2, ...request }).reads();
    run.at(moment);
    const progress = toProgress(run.state, decide(run.state, run.nowMs).step, run.nowMs);
    return asksNothingNew(aJoin(wish, run.nowMs, run.state).terms, progress, run.state);
  };
  const balances: Wish = { products: ['BALANCES'] };

  test.each<readonly [string, Wish, string, Partial<RefreshRequest>]>([
    ['within coalesce of the run’s moment', balances, '30s', {}],
    ['exactly coalesce later', balances, '1m', {}],
    ['one of all products', { products: ['TRANSACTIONS'] }, '30s', { products: undefined } as never],
    ['patience less than the run’s', { ...balances, onRateLimit: 'return', onRepair: 'return' }, '30s', {}],
    ['as many charges', { ...balances, maxCharges: 2 }, '30s', {}],
    ['a bulk’s place in an interactive run', { ...balances, priority: 'bulk' }, '30s', {}],
    ['another bulk’s place in a bulk’s run', { ...balances, priority: 'bulk' }, '30s', { priority: 'bulk' }],
    ['a deadline later by coalesce', { ...balances, deadlineMs: T0 + ms('24h') + ms('1m') }, '30s', {}],
  ])('%s', (_name, wish, moment, request) => {
    expect(isNothing(wish, moment, request)).toBe(true);
  });

  test.each<readonly [string, Wish, string, Partial<RefreshRequest>]>([
    ['data of a later moment', balances, '61s', {}],
    ['a later instant by name', { ...balances, freshSinceMs: T0 + 1 }, '30s', {}],
    ['another product', { products: ['TRANSACTIONS'] }, '30s', {}],
    ['all products', {}, '30s', {}],
    ['more charges', { ...balances, maxCharges: 3 }, '30s', {}],
    ['an interactive caller’s place in a bulk’s run', balances, '30s', { priority: 'bulk' }],
    ['waiting for a repair', { ...balances, onRepair: 'wait' }, '30s', {}],
    ['waiting for a window', balances, '30s', { onRateLimit: 'return' }],
    ['a later deadline', { ...balances, deadlineMs: T0 + ms('24h') + ms('61s') }, '30s', {}],
    ['what a run pursues that was refused', { products: ['OWNERS'] }, '30s', { products: ['OWNERS'] }],
  ])('but not: %s', (_name, wish, moment, request) => {
    expect(isNothing(wish, moment, request)).toBe(false);
  });

  test('all of the run does not ask for an optional product: a join that names it is news', () => {
    const run = new Run().reads({ products: ['TRANSACTIONS'], optionalProducts: ['OWNERS'] }).calls(accepted);
    const isNews = (product: string) =>
      !asksNothingNew(
        aJoin({ products: [product] }, run.nowMs, run.state).terms,
        toProgress(run.state, run.next, run.nowMs),
        run.state,
      );
    expect([isNews('TRANSACTIONS'), isNews('OWNERS')]).toEqual([false, true]);
    run.joins({ products: ['OWNERS'] });
    expect(isNews('OWNERS')).toBe(false);
  });

  test('an interactive run says nothing of its priority, as one of an older worker', () => {
    const priorityOf = (request: Partial<RefreshRequest>) => {
      const run = new Run(request).reads();
      return toProgress(run.state, run.next, run.nowMs).terms.priority;
    };
    expect([priorityOf({}), priorityOf({ priority: 'bulk' })]).toEqual([undefined, 'bulk']);
  });

  test('but not of a run that has not read the connection', () => {
    const run = new Run({ products: ['BALANCES'] });
    const progress = toProgress(run.state, decide(run.state, run.nowMs).step, run.nowMs);
    expect(asksNothingNew(aJoin(balances, run.nowMs, run.state).terms, progress, run.state)).toBe(false);
  });
});
