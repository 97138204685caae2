import type { CallAnswer, Connection } from '../../../src/refresh/model/connection';
import { PHASE_TITLES, titled } from '../../../src/refresh/model/progress';
import { toProgress } from '../../../src/refresh/report/describe-progress';
import { Run, T0, accepted, at, conflict, lost, serverError } from './support/a-run';

const withOwners = { products: ['BALANCES', 'OWNERS'] };

const called = (...call: Parameters<Run['calls']>): Run => new Run().reads().calls(...call);
const impatient = { policy: { serverErrorRetries: 0 } };
const broken = { status: 'RECONNECT_REQUIRED' };

/** A run that waits, at the read with which its wait ends. */
const lastRead = (run: Run): Run => {
  for (;;) {
    const { next } = run;
    if (next.step === 'read' && next.kind === 'deciding') return run;
    if (next.step === 'read') run.reads();
    else run.waits();
  }
};

const unnamed: CallAnswer = { answer: 'server_error', httpStatus: 503, requestId: null, retryAfterMs: null };
const unreached: CallAnswer = { ...unnamed, httpStatus: null };

test.each<[string, () => Run]>([
  ['reading the connection: the refresh begins', () => new Run()],
  ['reading the connection: a webhook brought news', () => new Run().reads().event('status_changed', '0s')],
  ['reading the connection: a charged call is due', () => new Run().reads().callNotSent()],
  [
    'reading the connection: to complete the report',
    () => new Run({ products: ['BALANCES'] }).reads().calls(accepted).event('accounts_updated', '1s'),
  ],
  [
    'reading the connection: the deadline has come',
    () => new Run({ giveUpAfter: '10s' }).reads().calls(accepted).waits(),
  ],
  [
    'waiting for data: Meld accepted the refresh; polling: the webhooks may be lost',
    () => called(accepted).waits(),
  ],
  [
    'reading the connection: the wait is over, and the webhooks may be lost',
    () => lastRead(called(accepted)),
  ],
  [
    "waiting for the customer's repair: Meld reports RECONNECT_REQUIRED; polling: its webhook may be lost",
    () => new Run({ onRepair: 'wait' }).reads(broken).waits(),
  ],
  [
    "waiting for a change of the connection's status: 1 call failed; polling: its webhook may be lost",
    () => new Run(impatient).reads().calls(serverError).waits(),
  ],
  ['asking Meld for a refresh: no data since 2026-03-01 12:00:00 UTC', () => new Run().reads()],
  [
    'asking Meld for a refresh: no data since 2026-03-01 12:00:00 UTC of OWNERS',
    () => new Run({ products: ['OWNERS'] }).reads(withOwners),
  ],
  [
    "waiting for the provider's window to end: no call before 2026-03-01 14:00:00 UTC, with up to 10 % of jitter",
    () => new Run({ notBefore: at('2h') }).reads(),
  ],
  [
    'waiting before the next call: `freshSince` is in the future',
    () => new Run({ freshSince: at('10s') }).reads(),
  ],
  [
    'waiting for data: the aggregation is done, its transactions event may still come',
    () => new Run({ maxAge: '15m' }).reads({ successfullyAggregatedAt: at('-10s') }),
  ],
  ['waiting before the next call: the last one ended with 503', () => called(serverError)],
  ['waiting before the next call: the last one ended with no connection to Meld', () => called(unreached)],
  ['waiting for data: Meld accepted the refresh', () => called(accepted)],
  ['waiting for data: Meld answered 409: an aggregation is probably running', () => called(conflict).reads()],
  ['waiting for data: the answer to the call was lost, and it may have run', () => called(lost)],
  [
    'waiting for data: the customer repaired the connection, and an aggregation follows',
    () => new Run({ onRepair: 'wait' }).reads(broken).waits().reads(),
  ],
  [
    "waiting for the customer's repair: Meld reports RECONNECT_REQUIRED",
    () => new Run({ onRepair: 'wait' }).reads(broken),
  ],
  [
    "waiting for a change of the connection's status: 1 call failed",
    () => new Run(impatient).reads().calls(serverError),
  ],
])('a step says what is done and why, and nothing twice: %s', (sentence, make) => {
  const { state, next, nowMs } = make();
  const progress = toProgress(state, next, nowMs);
  expect(titled(progress)).toBe(sentence);
  const said: readonly string[] = PHASE_TITLES[progress.phase].match(/[a-z]{4,}/g) ?? [];
  expect(progress.why.match(/[a-z]{4,}/g)?.filter((word) => said.includes(word))).toEqual([]);
});

/** A run whose calls failed for good: two of them, when one retry is allowed. */
const failedForGood = (answer = serverError, connection: Partial<Connection> = {}): Run => {
  const run = new Run({ policy: { serverErrorRetries: 1 } }).reads(connection);
  return run.calls(answer).waits().reads(connection).calls(answer);
};

test.each<[string, () => Run]>([
  [
    'Meld refused the read of the connection with 401 (Meld request r-9): check the API key and its environment.',
    () => new Run().reads({ read: 'access_denied', httpStatus: 401, requestId: 'r-9' }),
  ],
  [
    'Meld refused the read of the connection with 422: compare the request with what Meld accepts.',
    () => new Run().reads({ read: 'rejected', httpStatus: 422, requestId: null }),
  ],
  [
    'Meld refused the refresh call with 400 (Meld request r-7): compare the request with what Meld accepts.',
    () => called({ answer: 'rejected', httpStatus: 400, requestId: 'r-7' }),
  ],
  [
    'Meld refused the refresh call with 403: check the API key and its environment.',
    () => called({ answer: 'rejected', httpStatus: 403, requestId: '' }),
  ],
  [
    'The connection could not be read: status 503.',
    () => new Run().reads({ read: 'unavailable', message: 'status 503.' }),
  ],
  [
    'No data since 2026-03-01 12:00:00 UTC by the deadline, after 1 call.',
    () => new Run({ giveUpAfter: '10m' }).reads().calls(accepted).waitsAndReads(),
  ],
  [
    'No data since 2026-03-01 12:00:00 UTC by the deadline, after 0 calls.',
    () => new Run({ giveUpAfter: '1h' }).at('2h').reads(),
  ],
  [
    'Calls that may be charged so far: 2, of 2 allowed. There is no data since 2026-03-01 12:00:00 UTC of BALANCES, TRANSACTIONS.',
    () => called(lost).waitsAndReads().calls(lost).waitsAndReads(),
  ],
  [
    'Calls that may be charged so far: 1, of 1 allowed. There is no data since 2026-03-01 12:00:00 UTC of OWNERS.',
    () => {
      const run = new Run({ products: ['BALANCES'], maxCharges: 1 }).reads(withOwners).calls(accepted);
      run
        .joins({ products: ['OWNERS'], freshSinceMs: T0 })
        .at('5s')
        .event('accounts_updated', '5s');
      return run.waitsAndReads(withOwners);
    },
  ],
  [
    'Meld accepted the refresh (Meld request req-1), yet no fresh data came; the connection is ACTIVE.',
    () => called(accepted).waitsAndReads(),
  ],
  [
    'Meld refused it as a conflict twice (Meld request req-1), yet no fresh data came; the connection is ACTIVE.',
    () => called(conflict).waitsAndReads().calls(conflict).waitsAndReads(),
  ],
  [
    'Meld failed 3 calls, the last with 503 (Meld request req-1).',
    () =>
      failedForGood().event('status_changed', '1m').reads({ status: 'PARTIALLY_ACTIVE' }).calls(serverError),
  ],
  [
    'Meld failed 2 calls (Meld request req-1) and reported no change of status since.',
    () => failedForGood().waitsAndReads(),
  ],
  [
    'Meld failed 2 calls and reported no change of status since.',
    () => failedForGood(unnamed).waitsAndReads(),
  ],
  [
    'Meld failed 2 calls (Meld request req-1) and reports the connection as DEGRADED (SLOW_BANK).',
    () =>
      failedForGood().event('status_changed', '1m').reads({ status: 'DEGRADED', statusReason: 'SLOW_BANK' }),
  ],
  [
    'Meld failed 2 calls (Meld request req-1) and reports the connection as UNDETERMINED.',
    () => failedForGood().event('status_changed', '1m').reads({ status: 'UNDETERMINED' }),
  ],
])('an escalation tells the person who takes it from here: %s', (message, make) => {
  expect(make().result).toMatchObject({ outcome: 'escalated', message });
});

test('a required repair comes with both ways to get the link', () => {
  expect(new Run().reads(broken).result).toMatchObject({
    message:
      'Only the customer can repair the connection: get them a link with POST /v1/connections/conn-1/repair ' +
      'or "meld-refresh repair conn-1".',
  });
});

test.each([
  ['the last of several lost answers', 'no answer', lost],
  ['a call that never reached Meld', 'no connection to Meld', unreached],
])('names how the last call failed: %s', (_name, told, answer) => {
  const run = new Run({ maxCharges: 9, ...impatient })
    .reads()
    .calls(serverError)
    .event('status_changed', '1m');
  run.reads({ status: 'PARTIALLY_ACTIVE' }).calls(answer).waitsAndReads({ status: 'PARTIALLY_ACTIVE' });
  expect(run.result).toMatchObject({ message: `Meld failed 2 calls, the last with ${told}.` });
});

test('several missing products are all named', () => {
  expect(new Run({ products: ['OWNERS', 'IDENTIFIERS'] }).reads().result).toMatchObject({
    reason: 'PRODUCT_NOT_AVAILABLE: OWNERS, IDENTIFIERS',
  });
});
