import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import fc from 'fast-check';
import { createActivities } from '../../../src/activities/create-activities';
import { makeMeldClient, type MeldClient } from '../../../src/meld/meld-client';
import { MeldError } from '../../../src/meld/http/meld-error';
import { anError, httpAnswer, startStub, type Stub } from '../meld/meld-stub';
import { anyBytes, heapMb, nearObject, SEED, tellSeed } from './fuzz';

tellSeed('meld-answers');
const API_KEY = 'canary-key-that-nothing-may-show';
/** 5 s: every answer here ends with its connection; a busy machine must not look like a lost answer. */
const TIMEOUT_MS = 5_000;

let stub: Stub;
let meld: MeldClient;
let answer = '';
beforeAll(async () => {
  stub = await startStub((socket) => socket.end(answer, 'latin1'));
  meld = makeMeldClient({ baseUrl: stub.url, apiKey: API_KEY, timeoutMs: TIMEOUT_MS });
});
afterAll(async () => {
  await meld.close();
  await stub.close();
});

const values = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('conn-1', 'ACTIVE', '', '2026-03-01T11:00:00Z', 'x'.repeat(5_000), '\ud800'),
  fc.array(fc.constantFrom('BALANCES', 'x'.repeat(300)), { maxLength: 60 }),
);
const connection = fc
  .tuple(
    nearObject(
      [
        'products',
        'optionalProducts',
        'statusReason',
        'institutionName',
        'serviceProviderDetails',
        'customerId',
      ],
      values,
    ),
    fc.constantFrom({ id: 'conn-1', status: 'ACTIVE' }, { id: 'conn-1' }, { id: 7, status: null }, {}),
  )
  .map(([rest, must]) => ({ ...(typeof rest === 'object' ? rest : {}), ...must }));
const body = fc.oneof(
  connection.map((one) => JSON.stringify(one)),
  fc
    .tuple(fc.array(connection, { maxLength: 3 }), values)
    .map(([connections, remaining]) =>
      JSON.stringify({ connections, data: connections, items: connections, remaining, count: remaining }),
    ),
  nearObject(['connectToken', 'widgetUrl', 'id', 'institutionId', 'requestId'], values).map((it) =>
    JSON.stringify(it),
  ),
  anyBytes(300),
);
const header = fc.oneof(
  fc
    .tuple(fc.constantFrom('retry-after', 'content-encoding', 'location', 'set-cookie', 'x'), anyBytes(40))
    .map(([name, value]) => `${name}: ${value}`),
  fc.constantFrom(
    ...['content-length: 5', 'content-length: 99999', 'content-length: -1', 'transfer-encoding: chunked'],
    ...['retry-after: 1e9', 'retry-after: -5', 'retry-after: 99999999999999999999', 'connection: upgrade'],
    ...['location: http://127.0.0.1:1/', `x-echo: ${'y'.repeat(20_000)}`],
  ),
);
const status = fc.oneof(
  fc.constantFrom(
    '200 OK',
    '200 OK',
    '202 Accepted',
    '301 Moved',
    '404 Not Found',
    '409 Conflict',
    '429 Slow',
    '503 No',
  ),
  fc.integer({ min: -1, max: 1_200 }).map((code) => `${code} x`),
  anyBytes(20),
);
/** A 5xx as Meld writes it, which is beyond luck. */
const meldError = fc
  .tuple(fc.constantFrom(500, 501, 503, 599), nearObject(['requestId', 'message', 'errors'], values))
  .map(([code, rest]) =>
    httpAnswer(code, { ...(typeof rest === 'object' ? rest : {}), code: 'ANY' }, ['connection: close']),
  );
const anyAnswer = fc.oneof(
  { weight: 1, arbitrary: meldError },
  {
    weight: 8,
    arbitrary: fc
      .tuple(status, fc.array(header, { maxLength: 3 }), body)
      .map(([line, headers, text]) => `HTTP/1.1 ${line}\r\n${[...headers, ''].join('\r\n')}\r\n${text}`),
  },
  { weight: 1, arbitrary: anyBytes(200) },
  { weight: 1, arbitrary: fc.constant('') },
);

/** One answer of each kind: that all were seen is not up to luck. */
const eachKind = [
  httpAnswer(200, { id: 'conn-1', status: 'ACTIVE' }, ['connection: close']),
  httpAnswer(503, anError(), ['connection: close']),
  ...[400, 404, 409, 429, 504].map((code) => httpAnswer(code, {}, ['connection: close'])),
].map((bytes): [string] => [bytes]);

const inActivity = <T>(work: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const environment = new MockActivityEnvironment(
      { workflowExecution: { workflowId: 'refresh-connection-conn-1', runId: 'run-1' } },
      { logger: new DefaultLogger('ERROR') },
    );
    environment.run(async () => resolve(await work())).catch(reject);
  });

const ASKING = { connectionId: 'conn-1', firstRunId: 'run-1', awaitCallsMs: 0 };
const earlierCalls = () => Promise.resolve(null);

/** All answers small and silent about the key; what a history would hold is bounded. */
function expectHarmless(report: unknown): void {
  const text = JSON.stringify(report);
  expect(text.length).toBeLessThan(30_000);
  expect(text).not.toContain(API_KEY);
}

test('the charged call is sent once whatever comes back, and accepted only by a 2xx', async () => {
  const { requestRefresh } = createActivities({ meld, earlierCalls });
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyAnswer, async (bytes) => {
      answer = bytes;
      const before = stub.requests.length;
      const report = await inActivity(() =>
        requestRefresh({
          ...ASKING,
          readAt: new Date().toISOString(),
          readMaxAgeMs: 60_000,
        }),
      );
      seen.add(report.answer);
      expect(stub.requests.length - before).toBe(1);
      if (report.answer === 'accepted') expect(bytes).toMatch(/^HTTP\/1\.1 2\d\d/);
      // Anyone else's 5xx says nothing of Meld.
      if (report.answer === 'server_error') expect(bytes).toMatch(/"(code|requestId)"/);
      if (report.answer === 'rate_limited') expect(report.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
      expectHarmless(report);
    }),
    { numRuns: 700, seed: SEED, examples: eachKind },
  );
  const answers = [
    'accepted',
    'conflict',
    'not_found',
    'rate_limited',
    'rejected',
    'server_error',
    'unknown',
  ];
  expect([...seen].sort()).toEqual(answers);
});

test('a read brings a report, or a failure that Temporal may retry', async () => {
  const { readConnection } = createActivities({ meld, earlierCalls });
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyAnswer, async (bytes) => {
      answer = bytes;
      try {
        const report = await inActivity(() => readConnection(ASKING));
        seen.add(report.read);
        expectHarmless(report);
      } catch (error) {
        if (!(error instanceof ApplicationFailure)) throw error;
        seen.add(`failed: ${error.type}`);
        expectHarmless(error.message);
      }
    }),
    { numRuns: 700, seed: SEED, examples: eachKind },
  );
  expect([...seen]).toEqual(expect.arrayContaining(['found', 'not_found', 'failed: MeldUnavailable']));
});

test('a search and a repair end, with what is asked or with a reason', async () => {
  await fc.assert(
    fc.asyncProperty(anyAnswer, async (bytes) => {
      answer = bytes;
      const repair = await meld.repair('conn-1');
      if (repair.reply !== 'ok') expectHarmless(repair);
      try {
        let found = 0;
        for await (const one of meld.searchConnections({ customerId: 'customer-1' })) {
          expectHarmless(one);
          if ((found += 1) > 20) break;
        }
      } catch (error) {
        if (!(error instanceof MeldError)) throw error;
        expectHarmless(error.message);
      }
    }),
    { numRuns: 300, seed: SEED },
  );
});

test('a thousand answers of 100 kB leave nothing behind', async () => {
  const round = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const text = JSON.stringify({ id: 'conn-1', status: 'ACTIVE', extra: `${n}`.padEnd(100_000, 'x') });
      answer = `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
      expect((await meld.getConnection('conn-1')).reply).toBe('ok');
    }
  };
  await round(100);
  const before = heapMb();
  await round(1_000);
  expect(heapMb() - before).toBeLessThan(15);
});
