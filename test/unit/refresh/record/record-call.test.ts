import type { SentAnswer } from '../../../../src/refresh/model/connection';
import { findEvidence, needsOf } from '../../../../src/refresh/freshness';
import { callAllowedAtMs } from '../../../../src/refresh/rate-limit';
import { recordCallNotSent, recordEarlierCalls } from '../../../../src/refresh/record/record-call';
import { Run, T0, accepted, at, lost, ms, serverError } from '../support/a-run';

const failed = (retryAfter: string): SentAnswer => ({
  answer: 'server_error',
  httpStatus: 503,
  requestId: 'req-1',
  retryAfterMs: ms(retryAfter),
});

describe('Retry-After on a 5xx', () => {
  const quick = { serverErrorBackoff: { initial: '1s' } };

  test('is a lower bound of the backoff', () => {
    const run = new Run({ policy: quick }).reads().calls(failed('5s'));
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_to_call', untilMs: T0 + ms('5s') });
  });

  test('shortens no backoff', () => {
    expect(new Run().reads().calls(failed('5s')).next).toMatchObject({ untilMs: T0 + ms('15s') });
  });

  test('holds for the try after a connection has healed, too', () => {
    const run = new Run({ policy: { serverErrorRetries: 0 } }).reads().calls(failed('10m'));
    run.at('1m').event('status_changed', '1m').reads({ status: 'PARTIALLY_ACTIVE' });
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_to_call', untilMs: T0 + ms('10m') });
    expect(run.waitsAndReads({ status: 'PARTIALLY_ACTIVE' }).next.step).toBe('call');
    expect(run.nowMs).toBe(T0 + ms('10m'));
  });
});

describe('a call that was not sent', () => {
  test('twice in a row backs off, longer each time', () => {
    const run = new Run().reads().callNotSent();
    expect(run.next).toMatchObject({ step: 'read' });
    run.reads().callNotSent();
    expect(run.next).toMatchObject({
      step: 'wait',
      phase: 'waiting_to_call',
      untilMs: T0 + ms('30s'),
      why: 'the last 2 were not sent',
    });
    run.waits().reads().callNotSent();
    expect(run.next).toMatchObject({ step: 'wait', untilMs: T0 + ms('30s') + ms('60s') });
    expect(run.state.calls.made).toEqual([]);
  });

  test('no longer counts once a call was sent', () => {
    const run = new Run().reads().callNotSent().reads().calls(serverError).waits().reads().callNotSent();
    expect(run.next).toMatchObject({ step: 'read' });
  });
});

describe('the charge limit', () => {
  test('is not raised by a join that names none', () => {
    const run = new Run({ maxCharges: 1 }).reads().calls(lost).joins();
    run.waitsAndReads();
    expect(run.result).toMatchObject({ outcome: 'escalated', reason: 'charge_limit' });
    expect(run.result.calls).toHaveLength(1);
  });

  test('after a lost answer is told only once the next STATUS_CHANGE was waited for', () => {
    const run = new Run({ maxCharges: 1 }).reads().calls(lost);
    while (run.next.step !== 'finish' && run.nowMs < T0 + ms('6m')) {
      if (run.next.step === 'wait') run.waits();
      else run.reads();
    }
    expect(run.next).toMatchObject({ phase: 'waiting_for_status' });
    expect(run.waitsAndReads().result).toMatchObject({ reason: 'charge_limit' });
    expect(run.nowMs).toBe(T0 + ms('5m') + ms('2h'));
  });

  test('counts the call under way', () => {
    const run = new Run({ maxCharges: 1, products: ['BALANCES'] }).reads().sends();
    expect(run.next.step).not.toBe('call');
  });

  test('does not count calls that Meld refused', () => {
    const run = new Run({ maxCharges: 1 }).reads().calls(serverError).waits().reads().calls(accepted);
    expect(run.next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
  });
});

describe('when a call left', () => {
  const entry = (run: Run) => run.state.calls.made[0];

  test.each([
    ['is what its sender says, up to now', accepted, at('4m'), '4m', '4m'],
    ['is what its sender says, from the decision on', accepted, at('0s'), '0s', '0s'],
    ['is what its sender says of a lost answer, too', lost, at('3m'), '3m', '3m'],
    [
      'counts from the decision where the sender is behind it, until the answer',
      accepted,
      at('-1ms'),
      '0s',
      '4m',
    ],
    ['is now where the sender is ahead by no more than clocks may differ', accepted, at('245s'), '4m', '4m'],
    [
      'counts from the decision where the sender is further ahead of now, until the answer',
      accepted,
      at('245001ms'),
      '0s',
      '4m',
    ],
    ['counts from the decision where nobody says, until the answer', accepted, undefined, '0s', '4m'],
    ['of a call whose answer was lost may be a little later than now', lost, undefined, '0s', '255s'],
    ['is read only where it is an instant', accepted, 'noon', '0s', '4m'],
  ])('%s', (_name, answer, sentAt, from, until) => {
    const run = new Run().reads().sends().at('4m');
    run.answers({ ...answer, ...(sentAt !== undefined && { sentAt }) });
    expect(entry(run)).toMatchObject({ sentAtMs: T0 + ms(from), leftByMs: T0 + ms(until) });
  });

  test('is 315 s after the decision at most, however late the answer is given up', () => {
    expect(entry(new Run().reads().sends().at('6m').answers(lost))).toMatchObject({
      leftByMs: T0 + ms('315s'),
    });
  });

  test('is when the ledger says', () => {
    const run = new Run()
      .reads()
      .sends()
      .at('4m')
      .answers({ ...accepted, sentAt: at('3m') })
      .at('30m');
    expect(run.waitsAndReads().result.calls).toMatchObject([{ sentAt: at('3m') }]);
  });

  test('begins the window of its provider', () => {
    const mx = { serviceProvider: 'MX' };
    const run = new Run()
      .reads(mx)
      .sends()
      .at('4m')
      .answers({ ...accepted, sentAt: at('3m') });
    expect(callAllowedAtMs(run.state)).toBe(T0 + ms('3m') + ms('3h'));
  });
});

test('an event that came while a call waited for its turn belongs to no later call', () => {
  const run = new Run({ products: ['BALANCES', 'TRANSACTIONS'] }).reads().sends();
  run.at('2s').event('accounts_updated', '1s').at('3s');
  run.state = recordCallNotSent(run.state, run.nowMs);
  run.reads().calls(accepted).at('1m').event('transactions_aggregated', '50s').waitsAndReads();
  expect(run.result).toMatchObject({ outcome: 'refreshed', calls: [{ products: ['TRANSACTIONS'] }] });
});

describe('calls of other runs, of which one that was reset hears', () => {
  const lastCall = { sentAt: at('0s'), products: ['BALANCES' as const], aggregatedBefore: at('-6h') };

  test('data since then counts for what they asked for alone', () => {
    const run = new Run({ products: ['BALANCES', 'TRANSACTIONS'] }).at('2s');
    run.event('accounts_updated', '1s').event('transactions_aggregated', '1s');
    run.state = recordEarlierCalls(run.state, lastCall, run.nowMs);
    const { evidence } = findEvidence(needsOf(run.state), run.state, run.nowMs);
    expect([...evidence.keys()]).toEqual(['BALANCES']);
  });

  test('what the run knows changes nothing, so that it may end', () => {
    const { state, nowMs } = new Run({ lastCall });
    expect(recordEarlierCalls(state, { ...lastCall, leftBy: at('5m') }, nowMs)).toBe(state);
    expect(recordEarlierCalls(state, null, nowMs)).toBe(state);
    const other = { ...lastCall, sentAt: at('1s') };
    const both = recordEarlierCalls(state, { ...other, earlier: [lastCall] }, T0 + ms('2s'));
    expect(both.calls.remembered).toMatchObject([{ sentAtMs: T0 }, { sentAtMs: T0 + ms('1s') }]);
  });

  test('one that is dated ahead of our clock is the same one when it is told again', () => {
    const { state } = new Run({});
    const ahead = { ...lastCall, sentAt: at('10s') };
    const told = recordEarlierCalls(state, ahead, T0);
    expect(told.calls.remembered).toMatchObject([{ sentAtMs: T0 }]);
    expect(recordEarlierCalls(told, ahead, T0 + ms('1s'))).toBe(told);
  });

  test('one that a reset has kept is its own', () => {
    const { state, nowMs } = new Run({ products: ['BALANCES'] }).reads().calls(accepted);
    expect(recordEarlierCalls(state, lastCall, nowMs)).toBe(state);
  });
});
