import {
  Client,
  Connection,
  defaultPayloadConverter,
  type RawWorkflowExecutionInfo,
} from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { readDescription, readMemory, stateOf } from '../../../src/client/read-description';
import { aProgress } from '../../support/a-progress';

const reversed: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads.map(reverse)),
  decode: (payloads) => Promise.resolve(payloads.map(reverse)),
};

function reverse(payload: Payload): Payload {
  return { ...payload, data: Uint8Array.from(payload.data ?? []).reverse() };
}

const PROGRESS = aProgress();

const connection = Connection.lazy();
const client = new Client({ connection });

afterAll(() => connection.close());

const NO_MEMORY = { nextAllowedAt: null, lastCall: null, idempotencyKeys: [] };

/** No test needs more of a run than its memo. */
function aRun(memo: unknown): RawWorkflowExecutionInfo {
  return {
    execution: { workflowId: 'refresh-connection-c-1', runId: 'r-1' },
    memo: { fields: { progress: defaultPayloadConverter.toPayload(memo) } },
  };
}

test.each([
  ['a run that is going on', 1, 'running'],
  ['a result', 2, 'ended'],
  ['a bug', 3, 'failed'],
  ['a cancel', 4, 'canceled'],
  ['a terminate', 5, 'failed'],
  ['a run that goes on as another', 6, 'running'],
  ['a timeout', 7, 'failed'],
  ['a pause', 8, 'running'],
  ['a status Temporal added since', 99, 'running'],
  ['no status', null, 'running'],
] as const)('%s', (_name, status, state) => {
  expect(stateOf(status)).toBe(state);
});

test('knows the connection by the workflow id, and the progress by the memo', async () => {
  expect(await readDescription(client, aRun(PROGRESS))).toMatchObject({
    connectionId: 'c-1',
    runId: 'r-1',
    state: 'running',
    progress: PROGRESS,
  });
});

test('takes a phase that a newer worker names: the window in it counts', async () => {
  const newer = { ...PROGRESS, phase: 'waiting_for_godot', nextAllowedAt: '2026-03-01T15:00:00.000Z' };
  expect((await readDescription(client, aRun(newer))).progress).toEqual(newer);
});

test.each([
  ['nothing', null],
  ['a text', 'waiting'],
  ['another object', { phase: 'reading' }],
  ['products that are none', { ...PROGRESS, connectionProducts: [1] }],
  ['terms that are none', { ...PROGRESS, terms: null }],
  ['terms without products', { ...PROGRESS, terms: {} }],
])('takes a memo that is no progress for none: %s', async (_name, memo) => {
  expect(await readDescription(client, aRun(memo))).toMatchObject({
    progress: null,
    progressUnreadable: true,
  });
});

test('a run without a memo is not taken for one whose memo cannot be read: it has made no call', async () => {
  const run = await readDescription(client, { ...aRun(PROGRESS), memo: null });
  expect([run.progress, run.progressUnreadable]).toEqual([null, undefined]);
});

test('reads a memo that a codec has sealed', async () => {
  const sealed = new Client({ connection, dataConverter: { payloadCodecs: [reversed] } });
  const raw = aRun(PROGRESS);
  const payload = raw.memo?.fields?.['progress'];
  if (!payload) throw new Error('no memo');
  raw.memo = { fields: { progress: reverse(payload) } };
  expect((await readDescription(sealed, raw)).progress).toEqual(PROGRESS);
});

test('takes a memo that cannot be read for none: a removed key stands in nobody’s way', async () => {
  const broken: PayloadCodec = {
    encode: (payloads) => Promise.resolve(payloads),
    decode: () => Promise.reject(new Error('no such key')),
  };
  const keyless = new Client({ connection, dataConverter: { payloadCodecs: [broken] } });
  const description = await readDescription(keyless, aRun(PROGRESS));
  expect(description).toMatchObject({ runId: 'r-1', progress: null, progressUnreadable: true });
  expect(await readMemory(keyless, aRun(PROGRESS))).toEqual(NO_MEMORY);
});

describe('the memory of another build', () => {
  const call = { sentAt: '2026-03-01T12:00:00Z', products: null, aggregatedBefore: null };
  const key = {
    key: 'k',
    request: 'f',
    freshSince: '2026-03-01T12:00:00Z',
    requestedAt: '2026-03-01T12:00:00Z',
    runId: null,
  };
  const nextAllowedAt = '2026-03-01T15:00:00Z';

  test('is read by its known fields, whatever else is in it', async () => {
    const newer = { ...call, earlier: [{ ...call, cost: 3 }], requestId: 'r' };
    const memo = { nextAllowedAt, lastCall: newer, idempotencyKeys: [{ ...key, scope: 'all' }] };
    expect(await readMemory(client, aRun(memo))).toEqual({
      nextAllowedAt,
      lastCall: { ...call, earlier: [call] },
      idempotencyKeys: [{ ...key, runId: 'r-1' }],
    });
  });

  test.each([
    ['a text', 'text', NO_MEMORY],
    ['a window that is no instant', { nextAllowedAt: 'soon' }, NO_MEMORY],
    ['a call without an instant', { lastCall: { ...call, sentAt: 'soon' } }, NO_MEMORY],
    ['a call for products that nobody knows', { lastCall: { ...call, products: ['NEW'] } }, NO_MEMORY],
    ['a key without a request', { idempotencyKeys: [{ ...key, request: 1 }, null] }, NO_MEMORY],
    ['one bad part', { nextAllowedAt, lastCall: 7, idempotencyKeys: 'k' }, { ...NO_MEMORY, nextAllowedAt }],
  ])('is none where it cannot be read, part by part: %s', async (_what, memo, expected) => {
    expect(await readMemory(client, aRun(memo))).toEqual(expected);
  });

  test('survives a progress that cannot be shown', async () => {
    expect(await readMemory(client, aRun({ ...PROGRESS, terms: null, nextAllowedAt }))).toMatchObject({
      nextAllowedAt,
    });
  });
});
