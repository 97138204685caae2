import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { LogLevel, LogMetadata, Logger } from '@temporalio/common';
import type { Activities } from '../../../src/activities/activities';
import { createActivities } from '../../../src/activities/create-activities';
import { makeReadConnection } from '../../../src/activities/read-connection';
import { makeRequestRefresh } from '../../../src/activities/request-refresh';
import { makeMeldClient } from '../../../src/meld/meld-client';
import type { CallAnswer } from '../../../src/refresh/model/connection';
import { anError, httpAnswer, startStub } from '../meld/meld-stub';

const API_KEY = 'canary-key-W9jpQc1HKvwscqMPcLmzUS';
const NOW_MS = Date.parse('2022-05-26T20:00:00Z');

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
async function running<T>(answer: string, run: (activities: Activities) => () => Promise<T>) {
  const stub = await startStub((socket) => (answer === '' ? socket.destroy() : socket.write(answer)));
  const meld = makeMeldClient({ baseUrl: stub.url, apiKey: API_KEY, now: () => NOW_MS });
  const logger = new LogLines();
  const environment = new MockActivityEnvironment({}, { logger });
  const result = await environment.run(run(createActivities({ meld }))).then(
    (value) => ({ value, thrown: null }),
    (thrown: unknown) => ({ value: null, thrown }),
  );
  await meld.close();
  await stub.close();
  return { ...result, log: logger.lines, requests: stub.requests.length };
}

const look = (answer: string) =>
  running(
    answer,
    ({ readConnection }) =>
      () =>
        readConnection({ connectionId: 'conn-1' }),
  );
const call = (answer: string) =>
  running(
    answer,
    ({ requestRefresh }) =>
      () =>
        requestRefresh({ connectionId: 'conn-1', products: ['BALANCES'] }),
  );

describe('readConnection', () => {
  test('returns the connection that was found', async () => {
    const { value, log } = await look(httpAnswer(200, { id: 'conn-1', status: 'ACTIVE' }));
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
    const { value, requests } = await look(httpAnswer(status, anError()));
    expect([value, requests]).toEqual([expected, 1]);
  });

  test('logs a timestamp that cannot be read by name, because it is not "never aggregated"', async () => {
    const { log } = await look(
      httpAnswer(200, { id: 'conn-1', status: 'ACTIVE', successfullyAggregatedAt: 'today' }),
    );
    expect(log).toContainEqual({
      message: 'meld_timestamp_unreadable',
      meta: expect.objectContaining({ connectionId: 'conn-1', received: 'today' }),
    });
  });

  test.each<[string, string, string, number | undefined]>([
    ['a 5xx', httpAnswer(503, anError()), 'Meld answered HTTP 503, request id req-1', undefined],
    [
      'a 5xx without a request id',
      httpAnswer(500, ''),
      'Meld answered HTTP 500, without a request id',
      undefined,
    ],
    ['a 429', httpAnswer(429, anError()), 'Meld answered HTTP 429, request id req-1', undefined],
    [
      'a 429 with its Retry-After',
      httpAnswer(429, anError(), ['retry-after: 9']),
      'Meld answered HTTP 429, request id req-1',
      9000,
    ],
    [
      'a 429 with a Retry-After of no time, whose delay stays with the retry policy',
      httpAnswer(429, anError(), ['retry-after: 0']),
      'Meld answered HTTP 429, request id req-1',
      undefined,
    ],
    [
      'no JSON',
      httpAnswer(200, '<html>'),
      'Meld answered HTTP 200, without a request id: the body is no JSON',
      undefined,
    ],
    [
      'an answer without a status',
      httpAnswer(200, { id: 'conn-1', requestId: 'req-1' }),
      'Meld answered HTTP 200, request id req-1: status: expected string, received undefined',
      undefined,
    ],
    [
      'a redirect',
      httpAnswer(302, ''),
      'Meld answered HTTP 302, without a request id: redirects are not followed',
      undefined,
    ],
    ['a lost connection', '', 'Meld gave no answer: UND_ERR_SOCKET', undefined],
  ])('throws %s for Temporal to retry, benignly', async (_name, answer, message, nextRetryDelay) => {
    const { thrown, log, requests } = await look(answer);
    expect(thrown).toBeInstanceOf(ApplicationFailure);
    expect(thrown).toMatchObject({
      type: 'MeldUnavailable',
      message,
      nonRetryable: false,
      category: ApplicationFailureCategory.BENIGN,
    });
    expect(thrown instanceof ApplicationFailure && thrown.nextRetryDelay).toBe(nextRetryDelay);
    expect(log.map((line) => line.message)).toContain('meld_connection_unavailable');
    expect(requests).toBe(1);
  });
});

describe('requestRefresh', () => {
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
    expect([value, requests]).toEqual([expected, 1]);
    expect(log.find(({ message }) => message === 'meld_refresh_answered')?.meta).toMatchObject(expected);
  });

  test('returns a lost answer instead of throwing: a retry might be charged again', async () => {
    const { value, requests } = await call('');
    expect([value, requests]).toEqual([{ answer: 'unknown', httpStatus: null, requestId: null }, 1]);
  });

  describe('while the answer is awaited', () => {
    const ACCEPTED: CallAnswer = { answer: 'accepted', httpStatus: 200, requestId: null };

    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    /** A call that is answered when the test says so. */
    function held() {
      let resolve: (answer: CallAnswer) => void = () => undefined;
      let reject: (error: Error) => void = () => undefined;
      const promise = new Promise<CallAnswer>((onAnswer, onError) => {
        resolve = onAnswer;
        reject = onError;
      });
      const environment = new MockActivityEnvironment({}, { logger: new LogLines() });
      const heartbeats: unknown[] = [];
      environment.on('heartbeat', (details) => heartbeats.push(details));
      const requestRefresh = makeRequestRefresh({ refresh: () => promise });
      const ended = environment.run(requestRefresh, { connectionId: 'conn-1' });
      return { resolve, reject, environment, heartbeats, ended };
    }

    test('heartbeats every two seconds, and no more afterwards', async () => {
      const { resolve, heartbeats, ended } = held();
      await jest.advanceTimersByTimeAsync(6_000);
      expect(heartbeats).toHaveLength(3);
      resolve(ACCEPTED);
      expect(await ended).toEqual(ACCEPTED);
      await jest.advanceTimersByTimeAsync(60_000);
      expect(heartbeats).toHaveLength(3);
    });

    test.each([
      ['does so in a look, too', false, 3],
      ['does not as a part of a workflow task, which has a bound of its own', true, 0],
    ])('%s', async (_name, isLocal, expected) => {
      const environment = new MockActivityEnvironment({ isLocal }, { logger: new LogLines() });
      const heartbeats: unknown[] = [];
      environment.on('heartbeat', (details) => heartbeats.push(details));
      let give: (reply: { reply: 'not_found'; httpStatus: 404; requestId: null }) => void = () => undefined;
      const readConnection = makeReadConnection({
        getConnection: () => new Promise((given) => (give = given)),
      });
      const ended = environment.run(readConnection, { connectionId: 'conn-1' });
      await jest.advanceTimersByTimeAsync(6_000);
      give({ reply: 'not_found', httpStatus: 404, requestId: null });
      expect(await ended).toEqual({ read: 'not_found', requestId: null });
      await jest.advanceTimersByTimeAsync(60_000);
      expect(heartbeats).toHaveLength(expected);
    });

    test('stops heartbeating when the call throws, which it never should', async () => {
      const { reject, heartbeats, ended } = held();
      await jest.advanceTimersByTimeAsync(2_000);
      reject(new Error('a bug'));
      await expect(ended).rejects.toThrow('a bug');
      await jest.advanceTimersByTimeAsync(60_000);
      expect(heartbeats).toHaveLength(1);
    });

    test('is not ended by cancellation: the answer still counts', async () => {
      const { resolve, environment, ended } = held();
      environment.cancel();
      await jest.advanceTimersByTimeAsync(2_000);
      resolve(ACCEPTED);
      expect(await ended).toEqual(ACCEPTED);
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
    for (const { value, thrown, log } of [await look(answer), await call(answer)]) {
      const stack = thrown instanceof Error ? thrown.stack : '';
      expect(log.length).toBeGreaterThan(0);
      expect(JSON.stringify([value, thrown, stack, log])).not.toContain(API_KEY);
    }
  }
});
