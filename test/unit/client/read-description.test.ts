import { Client, Connection, defaultPayloadConverter } from '@temporalio/client';
import type { RawWorkflowExecutionInfo } from '@temporalio/client';
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
])('takes a memo that is no progress for none: %s', async (_name, memo) => {
  expect((await readDescription(client, aRun(memo))).progress).toBeNull();
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
  expect(description).toMatchObject({ runId: 'r-1', progress: null });
  expect(await readMemory(keyless, aRun(PROGRESS), description)).toEqual({
    nextAllowedAt: null,
    lastCall: null,
    idempotencyKeys: [],
  });
});
