import type { Connection, ReadReport } from '../../../../src/refresh/model/connection';
import { recordJoins } from '../../../../src/refresh/record/record-join';
import { beginRead, recordRead } from '../../../../src/refresh/record/record-read';
import { Run, T0, aConnection, aJoin, accepted, at, lost, ms, serverError } from '../support/a-run';

type FailedRead = Exclude<ReadReport, { read: 'found' }>;

const denied: FailedRead = { read: 'access_denied', httpStatus: 403, requestId: 'r' };
const notFound: FailedRead = { read: 'not_found', requestId: 'r' };
const rejected: FailedRead = { read: 'rejected', httpStatus: 408, requestId: 'r' };
const unavailable: FailedRead = { read: 'unavailable', message: 'status 503.' };
const limited = (retryAfter: string | null): FailedRead => ({
  read: 'rate_limited',
  retryAfterMs: retryAfter === null ? null : ms(retryAfter),
});

/** Waits, and reads in vain whenever a read is due, until the run ends. */
const readsInVain = (run: Run, report: FailedRead): Run => {
  for (let rounds = 0; rounds < 1_000 && run.next.step !== 'finish'; rounds++) {
    if (run.next.step === 'wait') run.waits();
    else run.reads(report);
  }
  return run;
};

describe('a refused read after a call that may have run', () => {
  const refusals: [string, FailedRead, object][] = [
    ['403', denied, { outcome: 'escalated', reason: 'access_denied' }],
    ['404', notFound, { outcome: 'not_found' }],
    ['408', rejected, { outcome: 'escalated', reason: 'request_rejected' }],
  ];

  test.each(refusals)('with %s is not believed at once: it is read again', (_status, report) => {
    const run = new Run().reads().calls(accepted).waits().reads(report);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'reading', untilMs: T0 + ms('60s') });
    expect(run.waits().reads().next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
  });

  test.each(refusals)('with %s is believed after doubtfulReadWait', (_status, report, end) => {
    const run = readsInVain(new Run().reads().calls(accepted), report);
    expect(run.result).toMatchObject({ ...end, calls: [{ answer: 'accepted' }] });
    expect(run.nowMs).toBeGreaterThanOrEqual(T0 + ms('30s') + ms('5m'));
    expect(run.nowMs).toBeLessThan(T0 + ms('20m'));
  });

  test('is doubted after a lost answer, too, and after a call of an earlier run', () => {
    expect(new Run().reads().calls(lost).waits().reads(denied).next).toMatchObject({ phase: 'reading' });
    const lastCall = { sentAt: at('-10m'), products: null, aggregatedBefore: null };
    expect(new Run({ lastCall }).reads(denied).next).toMatchObject({ phase: 'reading' });
  });

  test('is not doubted when no call may have run', () => {
    const run = new Run().reads().calls(serverError).waits().reads(denied);
    expect(run.result).toMatchObject({ reason: 'access_denied' });
  });

  test('does not stand in the way of evidence', () => {
    const run = new Run().reads().calls(accepted).waits().reads(notFound).at('31s');
    run.event('accounts_updated', '31s').event('transactions_aggregated', '31s').reads(notFound);
    expect(run.result.outcome).toBe('refreshed');
  });

  test('is doubted from the first refusal on, however long Meld was away before', () => {
    const run = new Run().reads().calls(accepted).at('1m').reads(unavailable).at('10m').reads(denied);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'reading' });
  });

  test('begins its doubt again after a good read', () => {
    const run = new Run().reads().calls(accepted).waits().reads(denied).waits().reads();
    run.at('10m').event('status_changed', '10m').reads(denied);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'reading' });
  });
});

describe('a read that Meld limits', () => {
  test('is made again after its Retry-After', () => {
    const run = new Run().reads(limited('7m'));
    expect(run.next).toMatchObject({ step: 'wait', phase: 'reading', untilMs: T0 + ms('7m') });
    expect(run.waits().reads().next.step).toBe('call');
  });

  test('is never made at once', () => {
    expect(new Run().reads(limited(null)).next).toMatchObject({ step: 'wait', untilMs: T0 + ms('30s') });
    expect(new Run().reads(limited('0s')).next).toMatchObject({ step: 'wait', untilMs: T0 + ms('30s') });
  });

  test('leaves the run awake for events, and what they prove needs no read', () => {
    const run = new Run().reads(limited('7m')).at('1m').event('status_changed', '1m');
    expect(run.next).toMatchObject({ step: 'wait', phase: 'reading', untilMs: T0 + ms('7m') });
    run.event('accounts_updated', '1m').event('transactions_aggregated', '1m');
    expect(run.result).toMatchObject({ outcome: 'already_fresh', finishedAt: at('1m') });
  });

  test.each<[string, () => Run]>([
    ['before any call', () => new Run()],
    ['after a call', () => new Run().reads().calls(accepted)],
  ])('ends nothing by itself, %s: it is made until the deadline', (_when, make) => {
    const run = readsInVain(make(), limited('1h'));
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'deadline', finishedAt: at('24h') });
  });
});

describe('a status change while reads fail', () => {
  test('is not forgotten: the connection is read again later', () => {
    const run = new Run().reads().calls(accepted).at('5s').event('status_changed', '5s').reads(unavailable);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'reading', untilMs: T0 + ms('35s') });
    expect(run.waits().next).toMatchObject({ step: 'read', kind: 'deciding' });
    expect(run.reads({ status: 'RECONNECT_REQUIRED' }).result.outcome).toBe('repair_required');
  });
});

describe('when a read began', () => {
  /** A poll that began after 10 minutes of a wait, and is recorded 20 minutes later. */
  const recorded = (told: Pick<ReadReport, 'beganAt'>, over: Partial<Connection> = {}): Run => {
    const run = new Run({ policy: { completionWait: '2h' } }).reads().calls(accepted);
    const begun = beginRead(run.at('10m').state, run.nowMs);
    const report: ReadReport = { ...told, read: 'found', connection: aConnection(over) };
    run.at('30m').state = recordRead(begun, report, run.nowMs, 'poll');
    return run;
  };

  test.each([
    ['is what its reader says, up to now', { beganAt: at('30m') }, '30m'],
    ['is what its reader says, from its request on', { beganAt: at('10m') }, '10m'],
    ['is now where the reader is ahead by no more than clocks may differ', { beganAt: at('1805s') }, '30m'],
    ['is its request where the reader is further ahead of now', { beganAt: at('31m') }, '10m'],
    ['is its request where the reader is behind that', { beganAt: at('9m') }, '10m'],
    ['is its request where nobody says', {}, '10m'],
    ['is its request where what is said is no instant', { beganAt: 'noon' }, '10m'],
  ])('%s', (_name, told, began) => {
    const { readBeganMs, currentSinceMs } = recorded(told).state.connection;
    expect([readBeganMs, currentSinceMs]).toEqual([T0 + ms(began), T0 + ms(began)]);
  });

  test.each([
    ['is ahead of now', { beganAt: at('31m') }],
    ['says nothing', {}],
  ])(
    'hides no data where the reader %s: a caller who joined meanwhile costs no second call',
    (_name, told) => {
      const run = new Run().reads().calls(accepted).waits();
      const { events } = run.state;
      const begun = { ...beginRead(run.state, run.nowMs), events };
      run.at('5m').state = recordJoins(begun, [aJoin({}, T0 + ms('5m'), begun)], T0 + ms('5m'));
      const connection = aConnection({ successfullyAggregatedAt: at('6m') });
      run.at('10m').state = recordRead(run.state, { ...told, read: 'found', connection }, run.nowMs, 'poll');
      run.waitsAndReads({ successfullyAggregatedAt: at('6m') });
      expect(run.result).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'accepted' }] });
    },
  );

  test('says until when a timestamp can have been seen: a minute later, however late it is recorded', () => {
    const run = recorded({ beganAt: at('12m') }, { successfullyAggregatedAt: at('13m') });
    expect(run.state.connection.aggregation).toMatchObject({ seenAtMs: T0 + ms('13m') });
    const ahead = recorded({ beganAt: at('12m') }, { successfullyAggregatedAt: at('14m') });
    expect(ahead.state.connection).toMatchObject({
      aheadAtMs: T0 + ms('14m'),
      aheadSeenAtMs: T0 + ms('13m'),
    });
  });

  test('says whether the wait was over: one that was recorded after its end is followed by the last read', () => {
    const run = new Run().reads().calls(accepted);
    const begun = beginRead(run.at('29m').state, run.nowMs);
    const report: ReadReport = {
      read: 'found',
      beganAt: at('29m'),
      connection: aConnection({ statusReason: 'NEW' }),
    };
    run.at('40m').state = recordRead(begun, report, run.nowMs, 'poll');
    expect(run.reads({ successfullyAggregatedAt: at('35m') }).waitsAndReads().result.outcome).toBe(
      'refreshed',
    );
  });
});
