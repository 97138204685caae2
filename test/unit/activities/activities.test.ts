import { MockActivityEnvironment } from '@temporalio/testing';
import {
  ApplicationFailure,
  ApplicationFailureCategory,
  type LogLevel,
  type LogMetadata,
  type Logger,
} from '@temporalio/common';
import type { Info } from '@temporalio/activity';
import type { Activities, KnownConnection } from '../../../src/activities/activities';
import { createActivities, type ActivityDependencies } from '../../../src/activities/create-activities';
import { makeReadConnection } from '../../../src/activities/read-connection';
import { makeRequestRefresh } from '../../../src/activities/request-refresh';
import { makeMeldClient } from '../../../src/meld/meld-client';
import type { CallAnswer } from '../../../src/refresh/model/connection';
import { anError, httpAnswer, startStub } from '../meld/meld-stub';

const API_KEY = 'canary-key-W9jpQc1HKvwscqMPcLmzUS';
const NOW_MS = Date.parse('2022-05-26T20:00:00Z');
const NOW = '2022-05-26T20:00:00.000Z';
const SENT_AT = '2022-05-26T20:00:00.000Z';
const ACCEPTED: CallAnswer = { answer: 'accepted', httpStatus: 200, requestId: null };
const LOST: CallAnswer = { answer: 'unknown', httpStatus: null, requestId: null };
const OWN_RUN = { workflowExecution: { workflowId: 'refresh-connection-conn-1', runId: 'run-1' } };
const OWN = { connectionId: 'conn-1' };
const CALL = {
  ...OWN,
  firstRunId: 'run-1',
  awaitCallsMs: 1_800_000,
  products: ['BALANCES'],
  readAt: '2022-05-26T19:59:59Z',
  readMaxAgeMs: 60_000,
} as const;

class LogLines implements Logger {
  readonly lines: { message: string; meta: LogMetadata }[] = [];
  readonly log = (_level: LogLevel, message: string, meta: LogMetadata = {}) => {
    this.lines.push({ message, meta });
  };
  readonly trace = (message: string, meta?: LogMetadata) => this.log('TRACE', message, meta);
  readonly debug = (message: string, meta?: LogMetadata) => this.log('DEBUG', message, meta);
  readonly info = (message: string, meta?: LogMetadata) => this.log('INFO', message, meta);
  readonly warn = (message: string, meta?: LogMetadata) => this.log('WARN', message, meta);
  readonly error = (message: string, meta?: LogMetadata) => this.log('ERROR', message, meta);
}

/** Runs an activity against a Meld that gives this answer. */
async function running<T>(
  answer: string,
  run: (activities: Activities) => () => Promise<T>,
  { deps = {}, info = {} }: { deps?: Partial<ActivityDependencies>; info?: Partial<Info> } = {},
) {
  const stub = await startStub((socket) => (answer === '' ? socket.destroy() : socket.write(answer)));
  const meld = makeMeldClient({ baseUrl: stub.url, apiKey: API_KEY, now: () => NOW_MS });
  const logger = new LogLines();
  const environment = new MockActivityEnvironment({ ...OWN_RUN, ...info }, { logger });
  const result = await environment
    .run(
      run(createActivities({ meld, now: () => NOW_MS, earlierCalls: () => Promise.resolve(null), ...deps })),
    )
    .then(
      (value) => ({ value, thrown: null }),
      (thrown: unknown) => ({ value: null, thrown }),
    );
  await meld.close();
  await stub.close();
  return { ...result, log: logger.lines, requests: stub.requests.length };
}

const read = (answer: string, unless?: KnownConnection) =>
  running(
    answer,
    ({ readConnection }) =>
      () =>
        readConnection({ ...OWN, ...(unless !== undefined && { unless }) }),
  );
const call = (
  answer: string,
  input: Partial<Parameters<Activities['requestRefresh']>[0]> = {},
  deps: Partial<ActivityDependencies> = {},
  info: Partial<Info> = {},
) =>
  running(
    answer,
    ({ requestRefresh }) =>
      () =>
        requestRefresh({ ...CALL, ...input }),
    { deps, info },
  );

describe('readConnection', () => {
  test('returns the connection that was found', async () => {
    const { value, log } = await read(httpAnswer(200, { id: 'conn-1', status: 'ACTIVE' }));
    expect(value).toMatchObject({ read: 'found', connection: { id: 'conn-1', status: 'ACTIVE' } });
    expect(log.map(({ message }) => message)).toContain('meld_connection_read');
  });

  test.each([
    [404, { read: 'not_found', requestId: 'req-1' }],
    [401, { read: 'access_denied', httpStatus: 401, requestId: 'req-1' }],
    [403, { read: 'access_denied', httpStatus: 403, requestId: 'req-1' }],
    [400, { read: 'rejected', httpStatus: 400, requestId: 'req-1' }],
    [409, { read: 'rejected', httpStatus: 409, requestId: 'req-1' }],
  ])('returns HTTP %i, which no retry would change', async (status, expected) => {
    const { value, requests } = await read(httpAnswer(status, anError()));
    expect([value, requests]).toEqual([{ ...expected, beganAt: NOW }, 1]);
  });

  test('tells when it began, since a worker may record it long after', async () => {
    let nowMs = NOW_MS;
    const { value } = await running(
      '',
      ({ readConnection }) =>
        () =>
          readConnection(OWN),
      {
        deps: {
          now: () => nowMs,
          meld: {
            getConnection: () => {
              nowMs += 20_000;
              return Promise.resolve({ reply: 'not_found', httpStatus: 404, requestId: null });
            },
            refresh: () => Promise.reject(new Error('no call was asked for')),
          },
        },
      },
    );
    expect(value).toMatchObject({ beganAt: NOW });
  });

  test('logs a timestamp that cannot be read by name, because it is not "never aggregated"', async () => {
    const { log } = await read(
      httpAnswer(200, { id: 'conn-1', status: 'ACTIVE', successfullyAggregatedAt: 'today' }),
    );
    expect(log).toContainEqual({
      message: 'meld_timestamp_unreadable',
      meta: expect.objectContaining({ connectionId: 'conn-1', received: 'today' }),
    });
  });

  test.each<[string, string, string]>([
    ['a 5xx', httpAnswer(503, anError()), 'Meld answered HTTP 503, request id req-1'],
    ['a 408', httpAnswer(408, anError()), 'Meld answered HTTP 408, request id req-1'],
    ['a 425', httpAnswer(425, anError()), 'Meld answered HTTP 425, request id req-1'],
    ['a 5xx without a request id', httpAnswer(500, ''), 'Meld answered HTTP 500, without a request id'],
    [
      'no JSON',
      httpAnswer(200, '<html>'),
      'Meld answered HTTP 200, without a request id: the body is no JSON',
    ],
    [
      'an answer without a status',
      httpAnswer(200, { id: 'conn-1', requestId: 'req-1' }),
      'Meld answered HTTP 200, request id req-1: status: expected string, received undefined',
    ],
    [
      'a redirect',
      httpAnswer(302, ''),
      'Meld answered HTTP 302, without a request id: redirects are not followed',
    ],
    ['a lost connection', '', 'Meld gave no answer: UND_ERR_SOCKET'],
  ])('throws %s for Temporal to retry, benignly', async (_name, answer, message) => {
    const { thrown, log, requests } = await read(answer);
    expect(thrown).toBeInstanceOf(ApplicationFailure);
    expect(thrown).toMatchObject({
      type: 'MeldUnavailable',
      message,
      nonRetryable: false,
      category: ApplicationFailureCategory.BENIGN,
    });
    expect(requests).toBe(1);
    if (!/40[8]|425/.test(message)) {
      expect(log.map((line) => line.message)).toContain('meld_connection_unavailable');
    }
  });

  test.each([
    ['with its Retry-After', ['retry-after: 9'], 9000],
    ['without one', [], null],
  ])('returns a 429 %s: the run waits, awake for events', async (_name, headers, retryAfterMs) => {
    const { value } = await read(httpAnswer(429, anError(), headers));
    expect(value).toEqual({ read: 'rate_limited', beganAt: NOW, retryAfterMs });
  });

  describe('as a poll', () => {
    const known = { status: 'ACTIVE', statusReason: null, successfullyAggregatedAt: null };

    test('has itself retried as long as nothing has changed', async () => {
      const { thrown } = await read(httpAnswer(200, { id: 'conn-1', status: 'ACTIVE' }), known);
      expect(thrown).toMatchObject({
        type: 'NothingNew',
        nonRetryable: false,
        category: ApplicationFailureCategory.BENIGN,
      });
    });

    test.each([
      ['status', { status: 'DEGRADED' }],
      ['statusReason', { statusReason: 'ACCESS_EXPIRING_SOON' }],
      ['successfullyAggregatedAt', { successfullyAggregatedAt: '2022-05-26T19:00:00Z' }],
    ])('returns a connection whose %s has changed', async (_field, change) => {
      const { value } = await read(httpAnswer(200, { id: 'conn-1', status: 'ACTIVE', ...change }), known);
      expect(value).toMatchObject({ read: 'found' });
    });
  });

  test('refuses a connection that is not its own run’s, and reads nothing', async () => {
    const { thrown, requests } = await running(
      httpAnswer(200, { id: 'conn-2', status: 'ACTIVE' }),
      ({ readConnection }) =>
        () =>
          readConnection({ connectionId: 'conn-2' }),
    );
    expect(thrown).toMatchObject({ type: 'ForeignConnection', nonRetryable: true });
    expect(requests).toBe(0);
  });
});

describe('requestRefresh', () => {
  test('refuses a connection that is not its own run’s, and sends nothing', async () => {
    const { value, requests } = await call(httpAnswer(200, {}), { connectionId: 'conn-2' });
    expect(value).toMatchObject({ answer: 'not_sent', why: expect.stringContaining('not its own') });
    expect(requests).toBe(0);
  });

  test.each<[string, Partial<Info>]>([
    ['gives another attempt', { attempt: 2 }],
    ['has put back into its queue', { currentAttemptScheduledTimestampMs: 1, scheduledTimestampMs: 0 }],
  ])('sends nothing that an operator %s: it may have left before', async (_what, info) => {
    const { value, requests } = await call(httpAnswer(200, {}), {}, {}, info);
    expect([value, requests]).toEqual([LOST, 0]);
  });

  test('sends nothing, and says so, while Temporal cannot be asked for calls before a reset', async () => {
    const earlierCalls = () => Promise.reject(new Error('14 UNAVAILABLE'));
    const { value, requests } = await call(httpAnswer(200, {}), {}, { earlierCalls });
    expect([value, requests]).toEqual([{ answer: 'not_sent', why: '14 UNAVAILABLE', lastCall: null }, 0]);
  });

  test.each([
    ['as old as it may be', '2022-05-26T19:59:00Z', 'accepted', 1],
    ['older', '2022-05-26T19:58:59Z', 'not_sent', 0],
  ])('a call whose read is %s by the clock of its worker', async (_name, readAt, answer, sent) => {
    const { value, requests } = await call(httpAnswer(200, {}), { readAt });
    expect([value, requests]).toEqual([expect.objectContaining({ answer }), sent]);
  });

  const FOUND = { status: 'ACTIVE', statusReason: null, successfullyAggregatedAt: null };
  test.each([
    ['is sent when another read finds the same', FOUND, 'accepted', 2],
    ['is not when it finds another status', { ...FOUND, status: 'DEGRADED' }, 'not_sent', 1],
  ])(
    'a call that waited for its turn longer than its read may be old %s',
    async (_name, known, answer, sent) => {
      const { value, requests } = await call(httpAnswer(200, { id: 'conn-1', status: 'ACTIVE' }), {
        readAt: '2022-05-26T19:55:00Z',
        reread: { known, withinMs: 10_000 },
      });
      expect([value, requests]).toEqual([expect.objectContaining({ answer }), sent]);
    },
  );

  test('a call that stood still in its activity is not sent: the workflow may have given it up', async () => {
    const refresh = jest.fn();
    let nowMs = NOW_MS;
    const requestRefresh = makeRequestRefresh(
      { refresh, getConnection: jest.fn() },
      () => nowMs,
      () => {
        nowMs += 20_000;
        return Promise.resolve(null);
      },
    );
    const environment = new MockActivityEnvironment(OWN_RUN, { logger: new LogLines() });
    expect(await environment.run(requestRefresh, CALL)).toMatchObject({
      answer: 'not_sent',
      why: 'it stood still for 20 s',
    });
    expect(refresh).not.toHaveBeenCalled();
  });

  test('tells when the call left, which may be long after it was decided on', async () => {
    let nowMs = NOW_MS;
    const later = () => {
      nowMs += 2_000;
      return Promise.resolve();
    };
    const requestRefresh = makeRequestRefresh(
      { refresh: () => later().then(() => ACCEPTED), getConnection: jest.fn() },
      () => nowMs,
      () => later().then(() => null),
    );
    const environment = new MockActivityEnvironment(OWN_RUN, { logger: new LogLines() });
    expect(await environment.run(requestRefresh, CALL)).toEqual({
      ...ACCEPTED,
      sentAt: '2022-05-26T20:00:02.000Z',
    });
  });

  test('another read that takes too long counts as one that found something else', async () => {
    const refresh = jest.fn();
    const getConnection = () => new Promise<never>(() => undefined);
    const requestRefresh = makeRequestRefresh(
      { refresh, getConnection },
      () => NOW_MS,
      () => Promise.resolve(null),
    );
    const late = { readAt: '2022-05-26T19:55:00Z', reread: { known: FOUND, withinMs: 1 } };
    const environment = new MockActivityEnvironment(OWN_RUN, { logger: new LogLines() });
    expect(await environment.run(requestRefresh, { ...CALL, ...late })).toMatchObject({ answer: 'not_sent' });
    expect(refresh).not.toHaveBeenCalled();
  });

  test.each([
    ['is not sent when the run has not heard of that', {}, 'not_sent', 0],
    [
      'is not sent when the run knows of one before that',
      { lastCallSentAt: '2022-05-26T19:44:59Z' },
      'not_sent',
      0,
    ],
    ['is sent when the run knows of it', { lastCallSentAt: '2022-05-26T19:45:00Z' }, 'accepted', 1],
  ])('a call after one before a reset %s', async (_name, input, answer, sent) => {
    const lastCall = { sentAt: '2022-05-26T19:45:00Z', products: null, aggregatedBefore: null };
    const earlierCalls = () => Promise.resolve(lastCall);
    const { value, requests } = await call(httpAnswer(200, {}), input, { earlierCalls });
    expect([value, requests]).toEqual([expect.objectContaining({ answer }), sent]);
    if (answer === 'not_sent') expect(value).toMatchObject({ lastCall });
  });

  test.each([
    [200, [], { answer: 'accepted', httpStatus: 200, requestId: 'req-1' }],
    [409, [], { answer: 'conflict', httpStatus: 409, requestId: 'req-1' }],
    [
      429,
      ['retry-after: 9'],
      { answer: 'rate_limited', httpStatus: 429, requestId: 'req-1', retryAfterMs: 9000 },
    ],
    [
      503,
      ['retry-after: 9'],
      { answer: 'server_error', httpStatus: 503, requestId: 'req-1', retryAfterMs: 9000 },
    ],
    [401, [], { answer: 'rejected', httpStatus: 401, requestId: 'req-1' }],
  ])('returns HTTP %i as it came, and logs it', async (status, headers, expected) => {
    const { value, log, requests } = await call(httpAnswer(status, anError(), headers));
    expect([value, requests]).toEqual([{ ...expected, sentAt: SENT_AT }, 1]);
    expect(log.find(({ message }) => message === 'meld_refresh_answered')?.meta).toMatchObject(expected);
  });

  test('returns a lost answer instead of throwing: a retry might be charged again', async () => {
    const { value, requests } = await call('');
    expect([value, requests]).toEqual([{ ...LOST, sentAt: SENT_AT }, 1]);
  });

  describe('while the answer is awaited', () => {
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    /** A call that is answered when the test says so. */
    function held() {
      let resolve: (answer: CallAnswer) => void = () => undefined;
      const promise = new Promise<CallAnswer>((onAnswer) => (resolve = onAnswer));
      const environment = new MockActivityEnvironment(OWN_RUN, { logger: new LogLines() });
      const heartbeats: unknown[] = [];
      environment.on('heartbeat', (details) => heartbeats.push(details));
      const requestRefresh = makeRequestRefresh(
        { refresh: () => promise, getConnection: () => new Promise(() => undefined) },
        () => NOW_MS,
        () => Promise.resolve(null),
      );
      const ended = environment.run(requestRefresh, CALL);
      return { resolve, environment, heartbeats, ended };
    }

    test('the call does not heartbeat: a gap to Temporal alone must not throw its answer away', async () => {
      const { resolve, heartbeats, ended } = held();
      await jest.advanceTimersByTimeAsync(30_000);
      resolve(ACCEPTED);
      expect(await ended).toEqual({ ...ACCEPTED, sentAt: SENT_AT });
      expect(heartbeats).toHaveLength(0);
    });

    test.each([
      ['a read heartbeats every two seconds, and no more afterwards', false, 3],
      ['a read within a workflow task, which has a bound of its own, does not', true, 0],
    ])('%s', async (_name, isLocal, expected) => {
      const environment = new MockActivityEnvironment({ ...OWN_RUN, isLocal }, { logger: new LogLines() });
      const heartbeats: unknown[] = [];
      environment.on('heartbeat', (details) => heartbeats.push(details));
      let give: (reply: { reply: 'not_found'; httpStatus: 404; requestId: null }) => void = () => undefined;
      const readConnection = makeReadConnection(
        {
          getConnection: () => new Promise((given) => (give = given)),
        },
        () => NOW_MS,
      );
      const ended = environment.run(readConnection, OWN);
      await jest.advanceTimersByTimeAsync(6_000);
      give({ reply: 'not_found', httpStatus: 404, requestId: null });
      expect(await ended).toEqual({ read: 'not_found', beganAt: NOW, requestId: null });
      await jest.advanceTimersByTimeAsync(60_000);
      expect(heartbeats).toHaveLength(expected);
    });

    test('stops heartbeating when the read throws, which it never should', async () => {
      const environment = new MockActivityEnvironment(OWN_RUN, { logger: new LogLines() });
      const heartbeats: unknown[] = [];
      environment.on('heartbeat', (details) => heartbeats.push(details));
      let fail: (error: Error) => void = () => undefined;
      const readConnection = makeReadConnection(
        {
          getConnection: () => new Promise((_given, onError) => (fail = onError)),
        },
        () => NOW_MS,
      );
      const ended = environment.run(readConnection, OWN);
      await jest.advanceTimersByTimeAsync(2_000);
      fail(new Error('a bug'));
      await expect(ended).rejects.toThrow('a bug');
      await jest.advanceTimersByTimeAsync(60_000);
      expect(heartbeats).toHaveLength(1);
    });

    test('is not ended by cancellation: the answer still counts', async () => {
      const { resolve, environment, ended } = held();
      environment.cancel();
      await jest.advanceTimersByTimeAsync(2_000);
      resolve(ACCEPTED);
      expect(await ended).toEqual({ ...ACCEPTED, sentAt: SENT_AT });
    });
  });
});

test('the API key is in no log line, no failure and no result', async () => {
  const answers = [
    '',
    httpAnswer(200, { id: 'conn-1', status: 'ACTIVE' }),
    httpAnswer(200, '<'),
    ...[401, 404, 429, 503].map((status) => httpAnswer(status, anError())),
  ];
  for (const answer of answers) {
    for (const { value, thrown, log } of [await read(answer), await call(answer)]) {
      const stack = thrown instanceof Error ? thrown.stack : '';
      expect(log.length).toBeGreaterThan(0);
      expect(JSON.stringify([value, thrown, stack, log])).not.toContain(API_KEY);
    }
  }
});
