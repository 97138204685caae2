import { answerForCaller, asTold } from '../../../src/client/answer-for-caller';
import { parseJoin } from '../../../src/refresh/input/parse-request';
import type { RefreshRequest } from '../../../src/refresh/model/request';
import { recordJoins } from '../../../src/refresh/record/record-join';
import { aDescription, anEnd } from '../cli/support/a-description';
import { Run, T0, accepted, at, ms } from '../refresh/support/a-run';

/** What a caller is told who joined ten seconds after the start, with a clock that far off; the data came at 20 s. */
function told(request: Partial<RefreshRequest>, clockOffset: string): string {
  const run = new Run().reads().calls(accepted).at('10s');
  const requestedAtMs = run.nowMs + ms(clockOffset);
  const signal = { ...request, joinId: 'j', requestedAt: new Date(requestedAtMs).toISOString() };
  const { join } = parseJoin(signal, run.nowMs, run.state.policy);
  run.state = recordJoins(run.state, [join], run.nowMs);
  run.at('20s').event('accounts_updated', '20s').event('transactions_aggregated', '20s');
  run.reads({ successfullyAggregatedAt: at('20s') });
  const own = { connectionId: 'conn-1', ...request };
  return answerForCaller(run.result, own, { disposition: 'joined', requestedAtMs }).outcome;
}

test.each(['-2h', '-2m', '0s', '2m', '2h'])(
  'a joiner whose clock is off by %s is told of the data that its join got',
  (clockOffset) => {
    expect(told({}, clockOffset)).toBe('refreshed');
    expect(told({ maxAge: '5s' }, clockOffset)).toBe('refreshed');
  },
);

test('one who names an instant is told by that: nothing is fresh that is older', () => {
  const run = new Run().reads().calls(accepted).at('5s');
  run.event('accounts_updated', '5s').event('transactions_aggregated', '5s').reads();
  const asked = (request: Partial<RefreshRequest>) =>
    answerForCaller(
      run.result,
      { connectionId: 'conn-1', ...request },
      { disposition: 'joined', requestedAtMs: T0 + ms('10m') },
    ).outcome;
  expect(asked({ freshSince: at('1m') })).toBe('escalated');
  // Of a key whose first use the run has not shown nobody knows that this request is part of the run.
  expect(asked({ idempotencyKey: 'k' })).toBe('escalated');
});

test('tells a request in its own words what the run that another wish made escalate has brought it', () => {
  const run = anEnd('conn-1', 'escalated');
  const { result: own } = anEnd('conn-1', 'already_fresh');
  expect(asTold(run, { forCaller: (result) => own ?? result })).toMatchObject({
    outcome: 'already_fresh',
    result: { outcome: 'already_fresh' },
    progress: { phase: 'ended', why: 'the data is there without a call of this run' },
  });
});

test('leaves a run that goes on as it is', () => {
  const run = aDescription({});
  expect(asTold(run, { forCaller: (result) => result })).toBe(run);
});
