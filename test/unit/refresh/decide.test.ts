import { Run, T0, accepted, at, conflict, lost, ms, rateLimited, serverError } from './support/a-run';

const RUNNING = { status: 'ACTIVE' };

/** A run whose first call was made, at T0, with this answer. */
const called = (...call: Parameters<Run['calls']>): Run => new Run().reads().calls(...call);

describe('before any call', () => {
  test('reads the connection first', () => {
    expect(new Run().next).toMatchObject({ step: 'read', kind: 'deciding' });
  });

  test('a connection that Meld does not know ends not_found', () => {
    expect(new Run().reads({ read: 'not_found', requestId: 'r' }).result).toMatchObject({
      outcome: 'not_found',
      calls: [],
      connection: null,
    });
  });

  test.each([
    ['RECONNECT_REQUIRED', 'LOGIN_REQUIRED', 'repair_required', 'LOGIN_REQUIRED'],
    ['UNRECOVERABLE', null, 'repair_required', 'UNRECOVERABLE'],
    ['EXPIRED', null, 'not_refreshable', 'EXPIRED'],
    ['DELETED', null, 'not_refreshable', 'DELETED'],
    ['IN_PROGRESS', null, 'not_refreshable', 'IN_PROGRESS'],
  ])('%s %s ends %s without a call', (status, statusReason, outcome, reason) => {
    expect(new Run().reads({ status, statusReason }).result).toMatchObject({ outcome, reason, calls: [] });
  });

  test('a repair that is required comes with what to call for it', () => {
    expect(new Run().reads({ status: 'RECONNECT_REQUIRED' }).result).toMatchObject({
      message: expect.stringContaining('POST /v1/connections/conn-1/repair'),
    });
  });

  test.each(['ACTIVE', 'PARTIALLY_ACTIVE', 'DEGRADED', 'UNDETERMINED', 'BRAND_NEW'])(
    '%s is called',
    (status) => {
      expect(new Run().reads({ status, statusReason: 'NEVER_HEARD_OF' }).next).toMatchObject({
        step: 'call',
        products: null,
      });
    },
  );

  test('a product that the connection was not made with ends not_refreshable', () => {
    expect(new Run({ products: ['OWNERS'] }).reads().result).toMatchObject({
      outcome: 'not_refreshable',
      reason: 'PRODUCT_NOT_AVAILABLE: OWNERS',
    });
  });

  test('a product that the connection was not made with is refused though the data of the others is fresh', () => {
    const run = new Run({ products: ['BALANCES', 'OWNERS'], maxAge: '12h' }).reads();
    expect(run.result).toMatchObject({
      outcome: 'not_refreshable',
      reason: 'PRODUCT_NOT_AVAILABLE: OWNERS',
      evidence: { BALANCES: {} },
    });
  });

  test('nor does fresh data of the others end the run where news of the connection cannot be read yet', () => {
    const run = new Run({ products: ['BALANCES', 'OWNERS'], maxAge: '12h' }).reads();
    run.event('status_changed', '1s').reads({ read: 'rate_limited', retryAfterMs: ms('1m') });
    expect(run.next.step).toBe('wait');
    expect(run.waits().reads().result).toMatchObject({ outcome: 'not_refreshable' });
  });

  test.each([
    ['an optional product', { optionalProducts: ['OWNERS'] }],
    ['any product, when Meld does not say what the connection has', { products: [] }],
  ])('%s is left to Meld to judge', (_name, connection) => {
    expect(new Run({ products: ['OWNERS'] }).reads(connection).next).toMatchObject({
      step: 'call',
      products: ['OWNERS'],
    });
  });

  test.each([
    ['access_denied', { read: 'access_denied', httpStatus: 401, requestId: 'r-9' }, 'access_denied'],
    ['rejected', { read: 'rejected', httpStatus: 422, requestId: 'r-9' }, 'request_rejected'],
  ] as const)('a read that is %s escalates at once, naming the request', (_name, report, reason) => {
    const { result } = new Run().reads(report);
    expect(result).toMatchObject({ outcome: 'escalated', reason, message: expect.stringContaining('r-9') });
  });

  test('a connection that cannot be read escalates meld_unavailable: nothing is paid for blindly', () => {
    expect(new Run().reads({ read: 'unavailable', message: 'status 503.' }).result).toMatchObject({
      outcome: 'escalated',
      reason: 'meld_unavailable',
    });
  });
});

describe('fresh already', () => {
  test('data young enough ends already_fresh without a call', () => {
    const run = new Run({ maxAge: '15m' }).reads({ successfullyAggregatedAt: at('-10m') });
    expect(run.result).toMatchObject({
      outcome: 'already_fresh',
      calls: [],
      evidence: { BALANCES: { by: 'successfullyAggregatedAt' }, TRANSACTIONS: { aggregatedAt: at('-10m') } },
    });
  });

  test('data of exactly the wanted age is fresh', () => {
    const run = new Run({ maxAge: '15m' }).reads({ successfullyAggregatedAt: at('-15m') });
    expect(run.result.outcome).toBe('already_fresh');
  });

  test('data a millisecond older is not', () => {
    const run = new Run({ maxAge: '15m' }).reads({ successfullyAggregatedAt: at('-900001ms') });
    expect(run.next.step).toBe('call');
  });

  test('waits a little when the transactions may still be on their way, then ends', () => {
    const run = new Run({ maxAge: '15m' }).reads({ successfullyAggregatedAt: at('-10s') });
    expect(run.next).toMatchObject({ step: 'wait', untilMs: T0 + ms('20s') });
    expect(run.waits().result).toMatchObject({ outcome: 'already_fresh', calls: [] });
  });

  test('does not wait for transactions that nobody asked for', () => {
    const run = new Run({ maxAge: '15m', products: ['BALANCES'] });
    expect(run.reads({ successfullyAggregatedAt: at('-10s') }).result.outcome).toBe('already_fresh');
  });

  test('events that came before the first read are evidence; one read completes the report', () => {
    const run = new Run().event('accounts_updated', '1s').event('transactions_aggregated', '2s').at('3s');
    expect(run.next).toMatchObject({ step: 'read', kind: 'closing' });
    expect(new Run({ products: ['BALANCES'] }).event('accounts_updated', '1s').reads().result).toMatchObject({
      outcome: 'already_fresh',
      evidence: { BALANCES: { by: 'event', eventId: 'accounts_updated@1s' } },
    });
  });

  test('a status that needs repair does not hide that the data is fresh', () => {
    const run = new Run({ maxAge: '1h' });
    const connection = { status: 'RECONNECT_REQUIRED', successfullyAggregatedAt: at('-10m') };
    expect(run.reads(connection).result).toMatchObject({
      outcome: 'already_fresh',
      connection: { status: 'RECONNECT_REQUIRED' },
    });
  });

  test('a deleted connection is not refreshable however fresh it was', () => {
    const run = new Run({ maxAge: '1h' });
    const connection = { status: 'DELETED', successfullyAggregatedAt: at('-10m') };
    expect(run.reads(connection).result.outcome).toBe('not_refreshable');
  });

  test('data wanted from a moment yet to come is not called for before that moment', () => {
    const run = new Run({ freshSince: at('10s') }).reads();
    expect(run.next).toMatchObject({ step: 'wait', untilMs: T0 + ms('10s') });
    expect(run.waits().reads().next.step).toBe('call');
  });
});

describe('a known window', () => {
  const mx = { serviceProvider: 'MX', successfullyAggregatedAt: at('-1h') };

  test.each([
    ['an earlier refresh left it', () => new Run({ notBefore: at('2h') }).reads()],
    ['MX allows one forced refresh three hours after any aggregation', () => new Run().reads(mx)],
  ])('%s: waits it out without a call', (_name, make) => {
    const run = make();
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_window', untilMs: T0 + ms('2h') });
    expect(run.waits().next.step).toBe('read');
    expect(run.reads({ successfullyAggregatedAt: at('-1h') }).next.step).toBe('call');
  });

  test.each([
    ['the caller will not wait', () => new Run({ onRateLimit: 'return' })],
    ['the deadline comes first', () => new Run({ giveUpAfter: '1h' })],
  ])('%s: ends rate_limited at once, saying when', (_name, make) => {
    expect(make().reads(mx).result).toMatchObject({
      outcome: 'rate_limited',
      nextAllowedAt: at('2h'),
      finishedAt: at('0s'),
      calls: [],
    });
  });

  test('an aggregation that lands in it ends the wait without a call', () => {
    const run = new Run().reads(mx).at('30m').event('accounts_updated', '30m');
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_window' });
    run.event('transactions_aggregated', '30m').reads({ ...mx, successfullyAggregatedAt: at('30m') });
    expect(run.result).toMatchObject({ outcome: 'already_fresh', calls: [] });
  });

  test('a clock of Meld that runs ahead does not stretch the window', () => {
    const run = new Run().reads({ ...mx, successfullyAggregatedAt: at('-1h') });
    run.event('status_changed', '0s').reads({ ...mx, successfullyAggregatedAt: at('-30m') });
    expect(run.next).toMatchObject({ untilMs: T0 + ms('150m') });
    const ahead = new Run({ freshSince: at('9h') }).reads({ ...mx, successfullyAggregatedAt: at('8h') });
    expect(ahead.next).toMatchObject({ step: 'wait', untilMs: T0 + ms('3h') });
  });

  test('after an accepted call MX allows the next one three hours later', () => {
    const run = new Run({ products: ['BALANCES'] }).reads({ ...mx, successfullyAggregatedAt: at('-9h') });
    run
      .calls(accepted)
      .joins({ products: ['TRANSACTIONS'] })
      .at('10s')
      .event('accounts_updated', '10s');
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_window', untilMs: T0 + ms('3h') });
  });
});

describe('an accepted call', () => {
  test('waits for the events; accounts alone do not end it', () => {
    const run = called(accepted).at('5s').event('accounts_updated', '5s');
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data', untilMs: T0 + ms('30s') });
  });

  test('both events end it refreshed, with the evidence and the ledger', () => {
    const run = called(accepted).at('5s').event('accounts_updated', '5s');
    run
      .at('8s')
      .event('transactions_aggregated', '8s')
      .reads({ successfullyAggregatedAt: at('7s') });
    expect(run.result).toEqual({
      outcome: 'refreshed',
      connectionId: 'conn-1',
      requestedAt: at('0s'),
      freshSince: at('0s'),
      finishedAt: at('8s'),
      connection: {
        status: 'ACTIVE',
        statusReason: null,
        serviceProvider: 'PLAID',
        institutionName: 'First Example Bank',
        products: ['BALANCES', 'TRANSACTIONS'],
        optionalProducts: [],
      },
      aggregatedAt: { before: at('-6h'), after: at('7s') },
      evidence: {
        BALANCES: { by: 'event', eventId: 'accounts_updated@5s', occurredAt: at('5s'), satisfies: at('10s') },
        TRANSACTIONS: {
          by: 'event',
          eventId: 'transactions_aggregated@8s',
          occurredAt: at('8s'),
          satisfies: at('13s'),
        },
      },
      earlierEvidence: {},
      calls: [
        {
          sentAt: at('0s'),
          products: null,
          answer: 'accepted',
          httpStatus: 200,
          requestId: 'req-1',
          mayBeCharged: true,
        },
      ],
    });
  });

  test('complete evidence ends it well even when the final read fails', () => {
    const run = called(accepted)
      .at('5s')
      .event('accounts_updated', '5s')
      .event('transactions_aggregated', '5s');
    expect(run.next).toMatchObject({ step: 'read', kind: 'closing' });
    expect(run.reads({ read: 'unavailable', message: 'no' }).result.outcome).toBe('refreshed');
  });

  test('that a final read fails does not tell a caller who joins meanwhile that Meld cannot be read', () => {
    const run = new Run().event('accounts_updated', '0s').event('transactions_aggregated', '0s');
    run.reads({ read: 'unavailable', message: 'no' }).at('10m').joins();
    expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
    expect(run.reads().next.step).toBe('call');
  });

  test('events that came before the answer count', () => {
    const run = new Run()
      .reads()
      .at('1s')
      .event('accounts_updated', '1s')
      .event('transactions_aggregated', '1s');
    expect(run.reads().result.outcome).toBe('already_fresh');
    const during = new Run().reads();
    const { state } = during;
    during.event('accounts_updated', '1s').event('transactions_aggregated', '1s');
    expect(state.calls.made).toEqual([]);
    expect(during.next).toMatchObject({ step: 'read', kind: 'closing' });
  });

  test('polls on a widening schedule while the webhooks may be lost', () => {
    const run = called(accepted);
    const polls: string[] = [];
    while (run.nowMs < T0 + ms('30m')) {
      run.waits();
      polls.push(`${(run.nowMs - T0) / 1000}s`);
      run.reads();
    }
    expect(polls).toEqual(['30s', '90s', '210s', '450s', '930s', '1530s', '1800s']);
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'no_fresh_data' });
  });

  test('a poll that shows younger data ends it, after the transactions had time to come', () => {
    const run = called(accepted)
      .waits()
      .reads({ successfullyAggregatedAt: at('20s') });
    expect(run.next).toMatchObject({ step: 'wait', untilMs: T0 + ms('60s') });
    expect(run.waits().result).toMatchObject({
      outcome: 'refreshed',
      aggregatedAt: { before: at('-6h'), after: at('20s') },
    });
  });

  test('a timestamp that moved since the call proves it from the clock tolerance before the call on', () => {
    const run = called(accepted)
      .waits()
      .reads({ successfullyAggregatedAt: at('-5s') });
    expect(run.waits().result).toMatchObject({ outcome: 'refreshed', freshSince: at('0s') });
  });

  test('but not for an instant after the call', () => {
    const run = called(accepted)
      .at('10s')
      .joins({ freshSinceMs: T0 + ms('10s') });
    run.waits().reads({ successfullyAggregatedAt: at('-5s') });
    expect(run.waitsAndReads({ successfullyAggregatedAt: at('-5s') }).next).toMatchObject({ step: 'call' });
  });

  test('an event older than what is wanted proves nothing and asks for a read', () => {
    const run = called(accepted).at('5s').event('accounts_updated', '-6s');
    expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
    expect(run.reads().next).toMatchObject({ step: 'wait' });
  });

  test('an event within the clock tolerance proves', () => {
    const run = new Run({ products: ['BALANCES'] }).reads().calls(accepted).event('accounts_updated', '-5s');
    expect(run.reads().result.outcome).toBe('refreshed');
  });

  test('an event that came before is ignored', () => {
    const run = called(accepted).event('accounts_updated', '-1h', 'e1').reads();
    expect(run.event('accounts_updated', '-1h', 'e1').next).toMatchObject({ step: 'wait' });
  });

  test('an event during a read makes that read stale: it reads again', () => {
    const run = new Run().reads();
    run.event('status_changed', '0s');
    expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
  });

  test.each([
    [{ status: 'RECONNECT_REQUIRED', statusReason: 'LOGIN_REQUIRED' }, 'repair_required'],
    [{ status: 'DELETED' }, 'not_refreshable'],
  ])('a change of status is read, and decides: %j', (connection, outcome) => {
    const run = called(accepted).at('5s').event('status_changed', '5s').reads(connection);
    expect(run.result).toMatchObject({ outcome, calls: [{ answer: 'accepted' }] });
  });

  test('a poll that fails leaves it waiting on the last good read', () => {
    const run = called(accepted).waits().reads({ read: 'unavailable', message: 'no' });
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
  });
});

describe('a conflict', () => {
  test('is read at once, and the status decides', () => {
    const run = called(conflict);
    expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
    expect(run.reads({ status: 'RECONNECT_REQUIRED' }).result.outcome).toBe('repair_required');
  });

  test('with a refreshable status waits as if accepted, then tries once more, then gives up', () => {
    const run = called(conflict).reads(RUNNING);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
    expect(run.waitsAndReads().next).toMatchObject({ step: 'call' });
    expect(run.nowMs).toBe(T0 + ms('30m'));
    expect(run.calls(conflict).waitsAndReads().result).toMatchObject({
      outcome: 'escalated',
      reason: 'no_fresh_data',
      calls: [{ answer: 'conflict' }, { answer: 'conflict' }],
    });
  });

  test('the aggregation that ran anyway ends it', () => {
    const run = called(conflict).reads().at('9s').event('accounts_updated', '9s');
    expect(run.event('transactions_aggregated', '9s').reads().result.outcome).toBe('refreshed');
  });
});

describe('a 429', () => {
  test.each([
    ['Retry-After is honoured', {}, rateLimited('2h'), '2h'],
    ['without one, the default holds', {}, rateLimited(), '1h'],
    ['without one, MX can last three hours', { serviceProvider: 'MX' }, rateLimited(), '3h'],
    ['never sooner than the floor', {}, rateLimited('0s'), '1m'],
    ['never later than the ceiling', { serviceProvider: 'MX' }, rateLimited('23h'), '23h'],
  ])('%s', (_name, connection, answer, until) => {
    const run = new Run().reads(connection).calls(answer);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_window', untilMs: T0 + ms(until) });
  });

  test('a window beyond the ceiling is not waited out, and the instant that is told is the true one', () => {
    const run = new Run({ giveUpAfter: '5d' }).reads().calls(rateLimited('48h'), 0.9);
    expect(run.result).toMatchObject({ outcome: 'rate_limited', nextAllowedAt: at('48h') });
  });

  test('a window of exactly the ceiling is waited out, with whatever jitter', () => {
    const run = new Run({ giveUpAfter: '5d' }).reads().calls(rateLimited('24h'), 0.9);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_window', untilMs: T0 + ms('24h') });
  });

  test('jitter only ever makes it later, by at most a tenth', () => {
    const run = called(rateLimited('2h'), 0.999999);
    expect(run.next).toMatchObject({ step: 'wait', untilMs: expect.any(Number) });
    if (run.next.step === 'wait') {
      expect(run.next.untilMs).toBeGreaterThan(T0 + ms('131m'));
      expect(run.next.untilMs).toBeLessThanOrEqual(T0 + ms('132m'));
    }
  });

  test('reads before it calls again, and stops after as many windows as it may wait out', () => {
    const run = new Run({ policy: { maxRateLimitWaits: 2 } }).reads();
    run.calls(rateLimited()).waits().reads().calls(rateLimited()).waits().reads().calls(rateLimited());
    expect(run.result).toMatchObject({
      outcome: 'rate_limited',
      nextAllowedAt: at('3h'),
      finishedAt: at('2h'),
    });
    expect(run.result.calls).toHaveLength(3);
  });

  test('a caller that will not wait is told at once', () => {
    const run = new Run({ onRateLimit: 'return' }).reads().calls(rateLimited('2h'));
    expect(run.result).toMatchObject({ outcome: 'rate_limited', nextAllowedAt: at('2h') });
  });

  test('is not a charge', () => {
    const run = new Run({ maxCharges: 1 }).reads().calls(rateLimited()).waits().reads();
    expect(run.next.step).toBe('call');
  });
});

describe('5xx', () => {
  test('backs off exponentially with jitter between half the interval and the whole', () => {
    const run = called(serverError, 0.5);
    const waits: number[] = [];
    for (let n = 0; n < 4; n++) {
      const beganMs = run.nowMs;
      expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_to_call' });
      waits.push(run.waits().nowMs - beganMs);
      run.reads().calls(serverError, 0.5);
    }
    expect(waits).toEqual([ms('22.5s'), ms('45s'), ms('90s'), ms('180s')]);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_status' });
  });

  test('an event can end the backoff', () => {
    const run = called(serverError)
      .at('1s')
      .event('accounts_updated', '1s')
      .event('transactions_aggregated', '1s');
    expect(run.reads().result).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'server_error' }] });
  });

  test('an event that proves part of it leaves the backoff as it was', () => {
    const run = called(serverError).at('1s').event('accounts_updated', '1s');
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_to_call' });
  });

  const failedForGood = (connection = {}): Run => {
    const run = new Run({ policy: { serverErrorRetries: 1 } }).reads(connection);
    return run.calls(serverError).waits().reads(connection).calls(serverError);
  };

  test.each([
    ['DEGRADED', 'connection_degraded'],
    ['UNDETERMINED', 'connection_undetermined'],
  ])('persisting, then reported as %s: escalates %s', (status, reason) => {
    const run = failedForGood().event('status_changed', '1m').reads({ status });
    expect(run.result).toMatchObject({ outcome: 'escalated', reason });
  });

  test('a status that changed is noticed without its webhook', () => {
    const run = failedForGood().waits().reads({ status: 'DEGRADED' });
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'connection_degraded' });
  });

  test('persisting, then healed: one more try, and then no other', () => {
    const run = failedForGood().event('status_changed', '1m').reads(RUNNING);
    expect(run.next.step).toBe('call');
    expect(run.calls(serverError).result).toMatchObject({
      outcome: 'escalated',
      reason: 'provider_unavailable',
      calls: [{}, {}, {}],
    });
  });

  test('persisting, and nothing heard: escalates provider_unavailable', () => {
    const run = failedForGood().waitsAndReads();
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'provider_unavailable' });
  });

  test('of a connection that was DEGRADED all along waits for it to heal, then says so', () => {
    const run = failedForGood({ status: 'DEGRADED' });
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_status' });
    expect(run.waitsAndReads({ status: 'DEGRADED' }).result).toMatchObject({ reason: 'connection_degraded' });
  });

  test('a read that fails before the next try escalates: nothing is paid for blindly', () => {
    const run = called(serverError).waits().reads({ read: 'unavailable', message: 'status 503.' });
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'meld_unavailable' });
  });
});

describe('a lost answer', () => {
  test('waits for evidence of the call before it pays again', () => {
    const run = called(lost);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
    expect(run.waitsAndReads().next.step).toBe('call');
    expect(run.nowMs).toBe(T0 + ms('5m'));
  });

  test('a timestamp that moved shows that the call was carried out', () => {
    const run = called(lost).waitsAndReads({ successfullyAggregatedAt: at('20s') });
    expect(run.result).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'unknown' }] });
  });

  test('never pays more often than it may', () => {
    const run = called(lost).waitsAndReads().calls(lost).waitsAndReads();
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'charge_limit', calls: [{}, {}] });
  });

  test('counts as a failure: past the retries the status is awaited', () => {
    const run = new Run({ maxCharges: 9, policy: { serverErrorRetries: 0 } }).reads().calls(lost);
    for (let rounds = 0; rounds < 20 && run.next.step !== 'finish'; rounds++) {
      if (run.next.step === 'wait' && run.next.phase === 'waiting_for_status') break;
      if (run.next.step === 'wait') run.waits();
      else run.reads();
    }
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_status' });
  });
});

describe('other answers', () => {
  test.each([
    [401, 'access_denied'],
    [403, 'access_denied'],
    [400, 'request_rejected'],
    [422, 'request_rejected'],
  ])('%d escalates at once as %s, naming the request', (httpStatus, reason) => {
    const { result } = called({ answer: 'rejected', httpStatus, requestId: 'r-7' });
    expect(result).toMatchObject({ outcome: 'escalated', reason, message: expect.stringContaining('r-7') });
  });

  test('404 ends not_found', () => {
    const { result } = called({ answer: 'not_found', httpStatus: 404, requestId: 'r' });
    expect(result).toMatchObject({ outcome: 'not_found', calls: [{ answer: 'not_found' }] });
  });

  test('a call that no worker started is in no ledger, and is decided on again', () => {
    const run = new Run().reads().callNotSent();
    expect(run.state.calls.made).toEqual([]);
    expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
  });
});

describe('waiting for a repair', () => {
  const broken = { status: 'RECONNECT_REQUIRED', statusReason: 'LOGIN_REQUIRED' };
  const waiting = (): Run => new Run({ onRepair: 'wait' }).reads(broken);

  test('makes no call, and polls in case the webhook is lost', () => {
    const run = waiting();
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_repair', untilMs: T0 + ms('30s') });
    expect(run.waits().reads(broken).next).toMatchObject({
      phase: 'waiting_for_repair',
      untilMs: T0 + ms('90s'),
    });
  });

  test('a repaired connection is satisfied by the aggregation that follows', () => {
    const run = waiting().at('20m').event('status_changed', '20m').reads();
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
    run.at('21m').event('accounts_updated', '21m').event('transactions_aggregated', '21m').reads();
    expect(run.result).toMatchObject({ outcome: 'already_fresh', calls: [] });
  });

  test('and is refreshed when none follows in time', () => {
    const run = waiting().at('20m').event('status_changed', '20m').reads().waitsAndReads();
    expect(run.next.step).toBe('call');
    expect(run.nowMs).toBe(T0 + ms('25m'));
  });

  test('nobody repaired it by the deadline: repair_required', () => {
    expect(waiting().waitsAndReads(broken).result).toMatchObject({
      outcome: 'repair_required',
      reason: 'LOGIN_REQUIRED',
      finishedAt: at('24h'),
    });
  });

  test('a connection that breaks after the call is waited for as well', () => {
    const run = new Run({ onRepair: 'wait' }).reads().calls(accepted).at('5s').event('status_changed', '5s');
    expect(run.reads(broken).next).toMatchObject({ phase: 'waiting_for_repair' });
  });

  test('a join that waits for the repair keeps the run waiting', () => {
    const run = new Run().joins({ onRepair: 'wait' }).reads(broken);
    expect(run.next).toMatchObject({ phase: 'waiting_for_repair' });
  });
});

describe('the deadline', () => {
  test('escalates after one final read', () => {
    const run = new Run({ giveUpAfter: '10m' }).reads().calls(accepted).waitsAndReads();
    expect(run.nowMs).toBe(T0 + ms('10m'));
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'deadline' });
  });

  test('that final read can still find the data', () => {
    const run = new Run({ giveUpAfter: '10s' }).reads().calls(accepted).waits();
    expect(run.next).toMatchObject({ step: 'read', kind: 'closing' });
    expect(run.reads({ successfullyAggregatedAt: at('5s') }).result.outcome).toBe('refreshed');
  });

  test.each([
    ['EXPIRED', { outcome: 'not_refreshable', reason: 'EXPIRED' }],
    ['IN_PROGRESS', { outcome: 'not_refreshable', reason: 'IN_PROGRESS' }],
    ['RECONNECT_REQUIRED', { outcome: 'repair_required', reason: 'RECONNECT_REQUIRED' }],
  ])('tells that the connection is %s, which no later request changes', (status, expected) => {
    const run = new Run({ giveUpAfter: '10m' }).reads().calls(accepted).at('10m').reads({ status });
    expect(run.result).toMatchObject(expected);
  });

  test('tells that the connection cannot be refreshed rather than when the provider allows the next call', () => {
    const run = new Run({ giveUpAfter: '10m', notBefore: at('20m') }).at('11m').reads({ status: 'EXPIRED' });
    expect(run.result).toMatchObject({ outcome: 'not_refreshable' });
  });

  test('ends a run that never could read, after one attempt', () => {
    const run = new Run({ giveUpAfter: '1h' }).at('2h').reads({ read: 'unavailable', message: 'no' });
    expect(run.result).toMatchObject({
      reason: 'deadline',
      connection: null,
    });
  });
});
