import type { SentAnswer } from '../../../src/refresh/model/connection';
import type { Product } from '../../../src/refresh/model/product';
import { waitForStatusChange } from '../../../src/refresh/start-waiting';
import { beginRead, recordRead } from '../../../src/refresh/record/record-read';
import {
  Run,
  T0,
  aConnection,
  accepted,
  at,
  conflict,
  lost,
  ms,
  rateLimited,
  serverError,
} from './support/a-run';

/** Past the one retry it has, and so after the status of the connection. */
const failedForGood = (run: Run): Run => run.calls(serverError).waits().reads().calls(serverError);
const oneRetry = { policy: { serverErrorRetries: 1 } };
const broken = { status: 'RECONNECT_REQUIRED' };

describe('waiting for the status', () => {
  test('a change that came before the calls failed for good is no answer to them', () => {
    const run = new Run(oneRetry).event('status_changed', '0s').at('1s');
    expect(failedForGood(run.reads()).next).toMatchObject({ step: 'wait', phase: 'waiting_for_status' });
  });

  test('an event that tells of a change is read before it is acted upon', () => {
    const run = failedForGood(new Run(oneRetry).reads()).event('status_changed', '1m');
    expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
  });

  test('polls in case the webhook is lost, and reads last when the wait ends', () => {
    const run = failedForGood(new Run({ policy: { serverErrorRetries: 1, statusChangeWait: '4m' } }).reads());
    const beganMs = run.nowMs;
    const reads: number[] = [];
    while (run.next.step === 'wait') {
      run.waits();
      expect(run.next).toMatchObject({
        step: 'read',
        why: expect.stringContaining('its webhook may be lost'),
      });
      reads.push((run.nowMs - beganMs) / 1000);
      run.reads();
    }
    expect(reads).toEqual([30, 90, 210, 240]);
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'provider_unavailable' });
  });

  test('waits no longer than the deadline', () => {
    const run = failedForGood(new Run({ ...oneRetry, giveUpAfter: '40s' }).reads());
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_status', untilMs: T0 + ms('40s') });
  });

  test('a healed connection gets its one more try after a repair as well', () => {
    const run = failedForGood(new Run({ ...oneRetry, onRepair: 'wait' }).reads());
    run.event('status_changed', '1m').reads(broken);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_repair' });
    run.event('status_changed', '2m').reads().waitsAndReads();
    expect(run.next.step).toBe('call');
  });

  test('begins with the status that was read last, if any was', () => {
    const { waiting } = waitForStatusChange(new Run().state, T0);
    expect(waiting).toMatchObject({ for: 'status', sinceMs: T0, statusBefore: undefined });
  });
});

describe('a lost answer', () => {
  test('within the retries is followed by a call', () => {
    const run = new Run({ ...oneRetry, maxCharges: 5 }).reads().calls(lost).waitsAndReads();
    expect(run.next.step).toBe('call');
    expect(run.calls(lost).waitsAndReads().result).toMatchObject({ reason: 'provider_unavailable' });
    expect(run.nowMs).toBe(T0 + ms('5m') + ms('5m') + ms('2h'));
  });
});

test('data from before a lost call can have left does not end the wait for its own', () => {
  const run = new Run().reads().sends().at('4m');
  run
    .answers(lost)
    .joins({ freshSinceMs: T0 + ms('3m') })
    .at('270s');
  run.event('status_changed', '270s').waitsAndReads({ successfullyAggregatedAt: at('2m') });
  expect(run.next.step).toBe('call');
  expect(run.nowMs).toBe(T0 + ms('9m'));
});

describe('what the last call was for', () => {
  const balances = (): Run => new Run({ products: ['BALANCES'], maxCharges: 5 }).reads().calls(accepted);

  test('once it has come, what is missing is called for at once', () => {
    const run = balances()
      .joins({ products: ['TRANSACTIONS'] })
      .at('5s')
      .event('accounts_updated', '5s');
    expect(run.reads().next).toMatchObject({ step: 'call', products: ['TRANSACTIONS'] });
  });

  test('a conflict after it is waited out, though the first call has delivered', () => {
    const run = balances()
      .joins({ products: ['TRANSACTIONS'] })
      .at('5s')
      .event('accounts_updated', '5s');
    run.reads().calls(conflict).reads();
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
  });

  test('delivered by timestamp it still gets the time its transactions event may take', () => {
    const run = new Run({ products: ['TRANSACTIONS'], maxCharges: 5 }).reads().calls(accepted);
    run.joins({ products: ['BALANCES'], freshSinceMs: T0 }).at('30s');
    run.reads({ successfullyAggregatedAt: at('10s') });
    for (const [moment, step] of [
      ['59999ms', 'wait'],
      ['60s', 'call'],
    ] as const) {
      run
        .at(moment)
        .event('status_changed', moment)
        .reads({ successfullyAggregatedAt: at('10s') });
      expect(run.next.step).toBe(step);
    }
    expect(run.next).toMatchObject({ products: ['BALANCES'] });
  });
});

test('data from before a call does not end the wait for that of the call', () => {
  const older = { successfullyAggregatedAt: at('-1m') };
  const run = new Run({ maxAge: '15m' }).reads().calls(accepted).waits().reads(older);
  expect(run.waitsAndReads(older).result.outcome).toBe('refreshed');
  expect(run.joins({ freshSinceMs: T0 }).next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
});

test('a repair does not shorten the wait for the data of a call before it', () => {
  const run = new Run({ onRepair: 'wait' }).reads().calls(accepted).at('1m');
  run.event('status_changed', '1m').reads(broken).at('2m').event('status_changed', '2m').reads();
  expect(run.waitsAndReads().next.step).toBe('call');
  expect(run.nowMs).toBe(T0 + ms('30m'));
});

describe('a read', () => {
  const unavailable = { read: 'unavailable', message: 'status 503.' } as const;

  test('between two polls leaves the next poll where it was', () => {
    const run = new Run().reads().calls(accepted).at('5s').event('status_changed', '5s').reads();
    expect(run.next).toMatchObject({ step: 'wait', untilMs: T0 + ms('30s') });
  });

  test('that began before a poll was due does not count as that poll', () => {
    const { state } = new Run().reads().calls(accepted);
    const began = beginRead(state, T0 + ms('29s'));
    const report = { read: 'found', connection: aConnection() } as const;
    expect(recordRead(began, report, T0 + ms('31s')).waiting.pollAtMs).toBe(T0 + ms('30s'));
  });

  test('that failed in a wait is done again a little later, since what the webhook told of is still unread', () => {
    const run = new Run().reads().calls(rateLimited('2h')).at('1h').event('status_changed', '1h');
    run.reads(unavailable);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'reading', untilMs: T0 + ms('1h') + ms('30s') });
    expect(run.waits().next).toMatchObject({ step: 'read', kind: 'deciding' });
    expect(run.reads().next).toMatchObject({ step: 'wait', phase: 'waiting_for_window' });
  });

  test.each<[string, () => Run]>([
    ['for data', () => new Run().reads().calls(accepted)],
    ['for a repair', () => new Run({ onRepair: 'wait' }).reads(broken)],
    ['for the status', () => failedForGood(new Run(oneRetry).reads())],
  ])('in a wait %s is a poll', (_what, make) => {
    expect(make().waits().next).toMatchObject({ step: 'read', kind: 'poll' });
  });
});

test('a poll that began before the end of its wait and came back after it is followed by the last read', () => {
  const run = new Run().reads().calls(accepted).at('1799s');
  run.state = beginRead(run.state, run.nowMs);
  run.state = recordRead(run.state, { read: 'found', connection: aConnection() }, T0 + ms('1801s'), 'poll');
  expect(run.at('1801s').next).toMatchObject({ step: 'read', kind: 'deciding' });
  expect(run.reads().result).toMatchObject({ reason: 'no_fresh_data' });
});

describe('an escalation names the last request', () => {
  const failed = (requestId: string): SentAnswer => ({
    answer: 'server_error',
    httpStatus: 503,
    requestId,
    retryAfterMs: null,
  });

  test.each<[string, () => Run]>([
    [
      'of a connection that ails',
      () => {
        const run = new Run({ policy: { serverErrorRetries: 0 } }).reads().calls(failed('r-last'));
        return run.event('status_changed', '1m').reads({ status: 'DEGRADED' });
      },
    ],
    [
      'of a connection whose status never changed',
      () => new Run({ policy: { serverErrorRetries: 0 } }).reads().calls(failed('r-last')).waitsAndReads(),
    ],
    [
      'of one that failed again after it had healed',
      () => {
        const run = failedForGood(new Run(oneRetry).reads()).event('status_changed', '1m').reads();
        return run.calls(failed('r-last'));
      },
    ],
  ])('%s', (_what, make) => {
    expect(make().result).toMatchObject({ message: expect.stringContaining('(Meld request r-last)') });
  });
});

describe('a deadline that falls into a wait', () => {
  test.each([
    ['the backoff', '10s', (run: Run) => run.calls(serverError), 'waiting_to_call'],
    ['the wait for data', '20s', (run: Run) => run.calls(accepted), 'waiting_for_data'],
    ['the wait for a repair', '20s', (run: Run) => run, 'waiting_for_repair'],
  ])('ends %s', (_name, giveUpAfter, make, phase) => {
    const run = new Run({ giveUpAfter, onRepair: 'wait' });
    make(run.reads(phase === 'waiting_for_repair' ? broken : {}));
    expect(run.next).toMatchObject({ step: 'wait', phase, untilMs: T0 + ms(giveUpAfter) });
  });
});

describe('a connection that needs a repair', () => {
  test.each(['RECONNECT_REQUIRED', 'UNRECOVERABLE'])('is never called for, whatever joins: %s', (status) => {
    const run = new Run().reads({ status });
    expect(run.result.outcome).toBe('repair_required');
    expect(run.joins({ products: ['BALANCES'], freshSinceMs: run.nowMs }).result.outcome).toBe(
      'repair_required',
    );
    run.joins({ onRepair: 'wait' });
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_repair' });
    expect(run.waitsAndReads({ status }).result).toMatchObject({ outcome: 'repair_required', calls: [] });
  });

  test.each<[string, () => Run]>([
    ['after it was broken', () => new Run({ onRepair: 'wait' }).reads(broken).event('status_changed', '0s')],
    ['from the beginning', () => new Run({ onRepair: 'wait' })],
  ])('and is IN_PROGRESS %s is being repaired: wait on', (_when, make) => {
    const run = make().reads({ status: 'IN_PROGRESS' });
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_repair' });
    expect(run.waits().reads().next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
  });
});

test('a closing read that shows IN_PROGRESS does not hide that the data came', () => {
  const run = new Run().reads().calls(accepted).at('5s').event('accounts_updated', '5s');
  run.event('transactions_aggregated', '5s').reads({ status: 'IN_PROGRESS' });
  expect(run.result).toMatchObject({ outcome: 'refreshed', connection: { status: 'IN_PROGRESS' } });
});

test.each([
  ['a remembered call whose data came', { sentAt: at('-2h'), products: null, aggregatedBefore: at('-6h') }],
  ['no call at all', undefined],
])('a repaired connection is given time to aggregate by itself, after %s', (_what, lastCall) => {
  const run = new Run({ onRepair: 'wait', ...(lastCall && { lastCall }) });
  run.reads({ status: 'RECONNECT_REQUIRED', successfullyAggregatedAt: at('-119m') });
  run.at('10m').event('status_changed', '10m');
  run.reads({ successfullyAggregatedAt: at('-119m') });
  expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
});

test('a repaired connection waits for a lost call from the latest instant at which that can have left', () => {
  const run = new Run({ onRepair: 'wait', policy: { repairedWait: '1s' } }).reads().sends();
  run.at('4m').answers(lost).event('status_changed', '4m').reads(broken);
  run.at('5m').event('status_changed', '5m').reads().waitsAndReads();
  expect(run.next.step).toBe('call');
  expect(run.nowMs).toBe(T0 + ms('255s') + ms('5m'));
});

describe('a run that has no time', () => {
  test('reads once, and says so when the data is fresh', () => {
    const run = new Run({ giveUpAfter: '0s', maxAge: '1h' }).reads({ successfullyAggregatedAt: at('-10m') });
    expect(run.result).toMatchObject({ outcome: 'already_fresh', calls: [] });
  });

  test('makes no call when it is not', () => {
    const run = new Run({ giveUpAfter: '0s', maxAge: '1h' }).reads();
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'deadline', calls: [] });
  });
});

describe('the read before a call', () => {
  test.each([
    ['60s', 'call'],
    ['60001ms', 'read'],
  ])('is good for readMaxAge: after %s comes a %s', (moment, step) => {
    expect(new Run().reads().at(moment).next.step).toBe(step);
  });
});

describe('a call of an earlier run', () => {
  test('whose data has come is awaited no longer for the sake of an older one, of which nothing comes any more', () => {
    const older = { sentAt: at('-3h'), products: ['TRANSACTIONS'], aggregatedBefore: null } as const;
    const run = new Run({
      products: ['BALANCES', 'TRANSACTIONS'],
      lastCall: { sentAt: at('-10m'), products: ['BALANCES'], aggregatedBefore: null, earlier: [older] },
    }).reads();
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
    run.at('1m').event('accounts_updated', '1m').waitsAndReads();
    expect(run.next).toMatchObject({ step: 'call', products: ['TRANSACTIONS'] });
    expect(run.nowMs).toBe(T0 + ms('1m'));
  });

  const lastCall = { sentAt: at('-10m'), products: null, aggregatedBefore: at('-6h') };

  test.each([
    ['it', lastCall],
    ['the latest instant at which it can have left', { ...lastCall, sentAt: at('-14m'), leftBy: at('-10m') }],
  ])('has its data awaited until completionWait after %s, before anything is paid', (_what, call) => {
    const run = new Run({ lastCall: call }).reads();
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
    expect(run.waitsAndReads().next.step).toBe('call');
    expect(run.nowMs).toBe(T0 + ms('20m'));
  });

  test.each([
    ['sent', { ...lastCall, sentAt: '2099-01-01T00:00:00Z' }],
    ['left by', { ...lastCall, leftBy: '2099-01-01T00:00:00Z' }],
  ])('that is dated as %s ahead of us holds nobody up for longer than one of now', (_what, call) => {
    const run = new Run({ lastCall: call }).reads();
    expect(run.waitsAndReads().next.step).toBe('call');
    expect(run.nowMs).toBe(T0 + ms('315s') + ms('30m'));
  });

  test('that delivers ends the run already_fresh, which has made no call of its own', () => {
    const run = new Run({ lastCall, maxAge: '10m' }).reads();
    run.waits().reads({ successfullyAggregatedAt: at('10s') });
    expect(run.waitsAndReads({ successfullyAggregatedAt: at('10s') }).result).toMatchObject({
      outcome: 'already_fresh',
      calls: [],
    });
  });

  test('whose data has come is not waited for, and lets no refused read wait', () => {
    const delivered = { ...lastCall, products: ['BALANCES'] as const, delivered: true as const };
    const run = new Run({ lastCall: delivered }).reads({ products: ['BALANCES', 'OWNERS'] });
    expect(run.next.step).toBe('call');
    const denied = { read: 'access_denied', httpStatus: 403, requestId: 'r' } as const;
    expect(new Run({ lastCall: delivered }).reads(denied).result).toMatchObject({ reason: 'access_denied' });
  });

  test('is awaited beside others, each for what it asked for', () => {
    const products = ['BALANCES', 'OWNERS', 'TRANSACTIONS', 'IDENTIFIERS'];
    const one = (sentAt: string, product: Product) => ({
      ...lastCall,
      sentAt: at(sentAt),
      products: [product],
    });
    const calls = {
      ...one('-5m', 'TRANSACTIONS'),
      earlier: [one('-20m', 'OWNERS'), one('-10m', 'BALANCES')],
    };
    const untilOf = (...asked: Product[]) => {
      const run = new Run({ products: asked, lastCall: calls }).reads({ products });
      return [run.next.step, run.waitsAndReads({ products }).nowMs - T0];
    };
    expect(untilOf('OWNERS')).toEqual(['wait', ms('10m')]);
    expect(untilOf('BALANCES')).toEqual(['wait', ms('20m')]);
    expect(untilOf('OWNERS', 'BALANCES')).toEqual(['wait', ms('20m')]);
    expect(untilOf('IDENTIFIERS')).toEqual(['call', 0]);
  });

  test('whose data has come leaves the wait to the others that still bring what is missing', () => {
    const products = ['BALANCES', 'OWNERS', 'TRANSACTIONS'];
    const balances = { ...lastCall, products: ['BALANCES'] as const };
    const calls = { ...lastCall, sentAt: at('-5m'), products: ['OWNERS'] as const, earlier: [balances] };
    const run = new Run({ products: ['BALANCES', 'TRANSACTIONS'], lastCall: calls }).reads({ products });
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
    // What came is young enough for the first call, and too old for this run.
    run.at('30s').event('accounts_updated', '-8m').reads({ products });
    expect(run.next).toMatchObject({ step: 'call', products: ['BALANCES', 'TRANSACTIONS'] });
  });

  test('is still awaited after a call for other products', () => {
    const products = ['BALANCES', 'OWNERS'];
    const balances = { ...lastCall, products: ['BALANCES'] as const };
    const run = new Run({ products: ['OWNERS'], lastCall: balances }).reads({ products }).calls(lost);
    run.joins({ products: ['BALANCES'] }).waitsAndReads({ products });
    expect(run.next).toMatchObject({ step: 'call' });
    expect(run.nowMs).toBe(T0 + ms('20m'));
  });

  test.each<[string, () => Run]>([
    ['from longer ago', () => new Run({ lastCall: { ...lastCall, sentAt: at('-30m') } }).reads()],
    ['for other products', () => new Run({ lastCall: { ...lastCall, products: ['OWNERS'] } }).reads()],
    [
      'whose data has come, though it is too old',
      () => new Run({ lastCall, products: ['BALANCES'] }).reads({ successfullyAggregatedAt: at('-9m') }),
    ],
  ])('%s is not waited for', (_which, make) => {
    expect(make().next.step).toBe('call');
  });
});
