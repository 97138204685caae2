import { toProgress } from '../../../../src/refresh/report/describe-progress';
import { renderDetails } from '../../../../src/refresh/report/render-details';
import type { RefreshRequest } from '../../../../src/refresh/model/request';
import { Run, accepted, at, conflict, lost, rateLimited, serverError } from '../support/a-run';

/** Of a request that names nothing. */
const plainTerms = {
  allProducts: true,
  products: ['BALANCES', 'TRANSACTIONS'],
  freshSince: at('0s'),
  deadline: at('24h'),
  onRateLimit: 'wait',
  onRepair: 'return',
  maxCharges: 2,
};

const CALL = { sentAt: at('0s'), products: null };

test('tells a person what is waited for, what is proven and what was paid', () => {
  const run = new Run().reads().calls(accepted).at('5s').event('accounts_updated', '5s', 'event-1');
  expect(renderDetails(run.state, run.next, run.nowMs).split('\n')).toEqual([
    '**Waiting for data**: Meld accepted the refresh',
    '',
    '- Connection: `conn-1`, First Example Bank through PLAID, ACTIVE',
    '- Wanted: data since 2026-03-01 12:00:00 UTC, by 2026-03-02 12:00:00 UTC',
    '- Data: last aggregated 2026-03-01 06:00:00 UTC',
    '- Next wake-up: 2026-03-01 12:00:30 UTC',
    '',
    '**Evidence**',
    '',
    '- BALANCES: event `event-1` of 2026-03-01 12:00:05 UTC',
    '- TRANSACTIONS: none yet',
    '',
    '**Calls**',
    '',
    '1. 2026-03-01 12:00:00 UTC, all products: accepted (200), may be charged, Meld request `req-1`',
  ]);
});

test('words of Meld are shown as they are, not as Markdown', () => {
  const run = new Run().reads({ institutionName: '<b>Bank</b> | `x`\n# *Trust*' });
  expect(renderDetails(run.state, run.next, run.nowMs)).toContain(
    '\\<b\\>Bank\\</b\\> \\| \\`x\\` # \\*Trust\\* through PLAID',
  );
});

test('a window that was met stays in the memo, for the next refresh to heed', () => {
  const run = new Run({ onRateLimit: 'return' }).reads().calls(rateLimited('2h'));
  expect(toProgress(run.state, run.next, run.nowMs)).toEqual({
    phase: 'ended',
    why: 'the provider allows the next call at 2026-03-01 14:00:00 UTC',
    waitingUntil: null,
    calls: 1,
    mayBeCharged: 0,
    ledger: [{ ...CALL, answer: 'rate_limited', httpStatus: 429, requestId: 'req-1', mayBeCharged: false }],
    accepted: 0,
    joins: 0,
    nextAllowedAt: at('2h'),
    connectionProducts: ['BALANCES', 'TRANSACTIONS'],
    terms: { ...plainTerms, onRateLimit: 'return' },
    lastCall: null,
    idempotencyKeys: [],
  });
});

test.each([
  ['optional ones included', { optionalProducts: ['OWNERS'] }, ['BALANCES', 'TRANSACTIONS', 'OWNERS']],
  ['none when Meld says none', { products: [], optionalProducts: ['OWNERS'] }, []],
])('tells the products that a join may name: %s', (_name, connection, expected) => {
  const run = new Run().reads(connection);
  expect(toProgress(run.state, run.next, run.nowMs).connectionProducts).toEqual(expected);
});

const detailsOf = (run: Run): readonly string[] => renderDetails(run.state, run.next, run.nowMs).split('\n');

const broken = { status: 'RECONNECT_REQUIRED', statusReason: 'LOGIN_REQUIRED' };
const failing = { policy: { serverErrorRetries: 0 } };

test.each<[string, string, () => Run]>([
  ['reading', '**Reading the connection**: the refresh begins', () => new Run()],
  [
    'calling',
    '**Asking Meld for a refresh**: no data since 2026-03-01 12:00:00 UTC',
    () => new Run().reads(),
  ],
  [
    'waiting_for_data',
    '**Waiting for data**: Meld accepted the refresh',
    () => new Run().reads().calls(accepted),
  ],
  [
    'waiting_for_window',
    "**Waiting for the provider's window to end**: no call before 2026-03-01 14:00:00 UTC, with up to 10 % of jitter",
    () => new Run().reads().calls(rateLimited('2h')),
  ],
  [
    'waiting_to_call',
    '**Waiting before the next call**: the last one ended with 503',
    () => new Run().reads().calls(serverError),
  ],
  [
    'waiting_for_status',
    "**Waiting for a change of the connection's status**: 1 call failed",
    () => new Run(failing).reads().calls(serverError),
  ],
  [
    'waiting_for_repair',
    "**Waiting for the customer's repair**: Meld reports RECONNECT\\_REQUIRED (LOGIN\\_REQUIRED)",
    () => new Run({ onRepair: 'wait' }).reads(broken),
  ],
  [
    'ended',
    '**Ended (not_found)**: Meld does not know the connection: check the id and the environment',
    () => new Run().reads({ read: 'not_found', requestId: null }),
  ],
])('names the phase %s: %s', (phase, title, make) => {
  const run = make();
  expect(toProgress(run.state, run.next, run.nowMs).phase).toBe(phase);
  expect(detailsOf(run)[0]).toBe(title);
});

const both = (run: Run): Run =>
  run.at('5s').event('accounts_updated', '5s').event('transactions_aggregated', '5s').reads();

test.each<[string, () => Run]>([
  ['the data came after 1 call', () => both(new Run().reads().calls(accepted))],
  [
    'the data came after 2 calls',
    () => both(new Run().reads().calls(serverError).waits().reads().calls(accepted)),
  ],
  ['no call was needed', () => new Run({ maxAge: '1h' }).reads({ successfullyAggregatedAt: at('-10m') })],
  ['the customer must repair the connection first (LOGIN_REQUIRED)', () => new Run().reads(broken)],
  ['Meld would refuse the call (DELETED)', () => new Run().reads({ status: 'DELETED' })],
  [
    'Meld does not know the connection: check the id and the environment',
    () => new Run().reads({ read: 'not_found', requestId: null }),
  ],
  [
    'the provider allows the next call at 2026-03-01 14:00:00 UTC',
    () => new Run({ onRateLimit: 'return' }).reads().calls(rateLimited('2h')),
  ],
  [
    'No data since 2026-03-01 12:00:00 UTC by the deadline, after 0 calls.',
    () => new Run({ giveUpAfter: '1h' }).at('1h').reads(),
  ],
])('tells how it ended: %s', (why, make) => {
  const run = make();
  expect(toProgress(run.state, run.next, run.nowMs)).toMatchObject({
    phase: 'ended',
    why,
    waitingUntil: null,
  });
});

test('tells until when it waits, and of no window when none is known', () => {
  const run = new Run().reads().calls(accepted);
  expect(toProgress(run.state, run.next, run.nowMs)).toEqual({
    phase: 'waiting_for_data',
    why: 'Meld accepted the refresh',
    waitingUntil: at('30s'),
    calls: 1,
    mayBeCharged: 1,
    ledger: [{ ...CALL, answer: 'accepted', httpStatus: 200, requestId: 'req-1', mayBeCharged: true }],
    accepted: 1,
    joins: 0,
    nextAllowedAt: null,
    connectionProducts: ['BALANCES', 'TRANSACTIONS'],
    terms: plainTerms,
    lastCall: { sentAt: at('0s'), products: null, aggregatedBefore: at('-6h') },
    idempotencyKeys: [],
  });
});

test('the memo keeps the latest 50 calls: it is written again with each step of a run that calls for days', () => {
  const { state, next, nowMs } = new Run().reads().calls(serverError);
  const [call] = state.calls.made;
  const made = Array.from({ length: 60 }, (_, index) => ({ ...call!, requestId: `req-${index}` }));
  const progress = toProgress({ ...state, calls: { ...state.calls, made } }, next, nowMs);
  expect(progress.calls).toBe(60);
  expect(progress.ledger?.map(({ requestId }) => requestId)).toEqual(
    made.slice(10).map(({ requestId }) => requestId),
  );
});

test('before the first read nothing is known of the connection', () => {
  const run = new Run({ products: ['BALANCES'] });
  expect(toProgress(run.state, run.next, run.nowMs).connectionProducts).toBeNull();
  expect(detailsOf(run)).toEqual([
    '**Reading the connection**: the refresh begins',
    '',
    '- Connection: `conn-1`',
    '- Wanted: data since 2026-03-01 12:00:00 UTC, by 2026-03-02 12:00:00 UTC',
    '- Data: never aggregated, as far as is known',
    '- Next wake-up: as soon as Meld answers',
    '',
    '**Evidence**',
    '',
    '- BALANCES: none yet',
    '',
    '**Calls**',
    '',
    'None was made.',
  ]);
});

test.each([
  ['a bank and its provider', {}, 'First Example Bank through PLAID, ACTIVE'],
  ['a bank alone', { serviceProvider: null }, 'First Example Bank, ACTIVE'],
  ['a provider alone', { institutionName: null }, 'through PLAID, ACTIVE'],
  ['neither', { institutionName: null, serviceProvider: null }, 'an unnamed institution, ACTIVE'],
  [
    'a reason for the status',
    { status: 'DEGRADED', statusReason: 'SLOW' },
    'First Example Bank through PLAID, DEGRADED (SLOW)',
  ],
])('names the connection: %s', (_name, connection, expected) => {
  expect(detailsOf(new Run().reads(connection))[2]).toBe(`- Connection: \`conn-1\`, ${expected}`);
});

test.each<[string, string, () => Run]>([
  [
    'aggregated since',
    'last aggregated 2026-03-01 12:00:20 UTC, before this refresh 2026-03-01 06:00:00 UTC',
    () =>
      new Run()
        .reads()
        .calls(accepted)
        .waits()
        .reads({ successfullyAggregatedAt: at('20s') }),
  ],
  [
    'aggregated for the first time',
    'last aggregated 2026-03-01 12:00:20 UTC, before this refresh never',
    () =>
      new Run()
        .reads({ successfullyAggregatedAt: null })
        .calls(accepted)
        .waits()
        .reads({ successfullyAggregatedAt: at('20s') }),
  ],
])('tells how old the data is: %s', (_name, expected, make) => {
  const run = make();
  expect(detailsOf(run)).toContain(`- Data: ${expected}`);
  expect(detailsOf(run)).toContain('- BALANCES: aggregated 2026-03-01 12:00:20 UTC');
});

test('a run that has ended has no next wake-up, and waits for no evidence', () => {
  const text = detailsOf(new Run().reads(broken)).join('\n');
  expect(text).toContain('- BALANCES: none\n');
  expect(text).not.toContain('Next wake-up');
});

test('a canceled run says so, and not what it was waiting for', () => {
  const run = new Run().reads().calls(rateLimited('2h'));
  const text = renderDetails(run.state, 'canceled', run.nowMs);
  expect(text).toMatch(/^\*\*Canceled\*\*: by request\n/);
  expect(text).toContain('all products: rate_limited (429)');
  expect(text).not.toMatch(/Next wake-up|Waiting|none yet/);
});

test('each call is told on a line of its own', () => {
  const run = new Run({ products: ['BALANCES', 'TRANSACTIONS'] }).reads().calls(conflict).waitsAndReads();
  run.calls(lost);
  expect(detailsOf(run).slice(-2)).toEqual([
    '1. 2026-03-01 12:00:00 UTC, BALANCES, TRANSACTIONS: conflict (409), Meld request `req-1`',
    '1. 2026-03-01 12:30:00 UTC, BALANCES, TRANSACTIONS: unknown, may be charged',
  ]);
});

test('no mark of Markdown survives in words, and no line end or backtick in code', () => {
  const run = new Run({ products: ['BALANCES'] }).reads({ institutionName: 'a_b [c] \\d   e' });
  expect(detailsOf(run)[2]).toContain('a\\_b \\[c\\] \\\\d e through PLAID');
  run.event('accounts_updated', '1s', 'ev``\n\n1');
  expect(detailsOf(run)).toContain('- BALANCES: event `ev 1` of 2026-03-01 12:00:01 UTC');
});

test('the next run awaits a call whose answer was lost from the latest instant at which it can have left', () => {
  const { state, next, nowMs } = new Run().reads().sends();
  expect(toProgress(state, next, nowMs).lastCall).toMatchObject({ sentAt: at('0s'), leftBy: at('315s') });
  const answered = new Run().reads().calls({ ...accepted, sentAt: at('0s') });
  expect(toProgress(answered.state, answered.next, answered.nowMs).lastCall).not.toHaveProperty('leftBy');
});

test('a call whose data has come is of no interest to the next run, unless it was for some products', () => {
  const afterData = (request: Partial<RefreshRequest>) => {
    const run = new Run(request).reads().calls(accepted).at('5s');
    run.event('accounts_updated', '5s').event('transactions_aggregated', '5s').reads();
    return toProgress(run.state, run.next, run.nowMs).lastCall;
  };
  expect(afterData({})).toBeNull();
  expect(afterData({ products: ['BALANCES'] })).toMatchObject({
    products: ['BALANCES'],
    delivered: true,
  });
});

describe('of the calls that earlier runs and this one have made', () => {
  const earlier = { sentAt: at('-10m'), products: ['BALANCES'], aggregatedBefore: at('-6h') } as const;
  const lastCallOf = ({ state, next, nowMs }: Run) => toProgress(state, next, nowMs).lastCall;
  const products = ['BALANCES', 'OWNERS', 'TRANSACTIONS'];

  test('each travels on to the next run while its data may come', () => {
    const run = new Run({ products: ['TRANSACTIONS'], lastCall: earlier }).reads({ products });
    run.calls({ ...accepted, sentAt: at('0s') });
    expect(lastCallOf(run)).toEqual({
      sentAt: at('0s'),
      products: ['TRANSACTIONS'],
      aggregatedBefore: at('-6h'),
      earlier: [earlier],
    });
    run
      .joins({ products: ['OWNERS'] })
      .at('5s')
      .event('transactions_aggregated', '5s')
      .reads({ products });
    expect(lastCallOf(run.sends())?.earlier).toMatchObject([
      { products: ['BALANCES'] },
      { products: ['TRANSACTIONS'], delivered: true },
    ]);
  });

  test('those are forgotten whose data the connection has left behind', () => {
    const longAgo = { ...earlier, sentAt: at('-50m') };
    const run = new Run({ lastCall: { ...earlier, earlier: [longAgo] } });
    run.reads({ products, successfullyAggregatedAt: at('-15m') });
    expect(lastCallOf(run)).toEqual(earlier);
    const moved = new Run({ lastCall: longAgo }).reads({ products, successfullyAggregatedAt: at('-30m') });
    expect(lastCallOf(moved)).toMatchObject({ sentAt: at('-50m'), delivered: true });
  });

  test('the latest ten are kept', () => {
    const calls = Array.from({ length: 12 }, (_, n) => ({ ...earlier, sentAt: at(`${n - 60}s`) }));
    const [latest, ...others] = calls.toReversed();
    const run = new Run({ lastCall: { ...latest!, earlier: others.toReversed() } });
    expect(lastCallOf(run)).toMatchObject({ sentAt: at('-49s'), earlier: { length: 9 } });
  });
});
