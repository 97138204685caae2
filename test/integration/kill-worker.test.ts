import { readFileSync } from 'node:fs';
import type { HoldPoint } from '../../src/simulator/state/holds';
import { aStack, type TestStack } from './support/a-stack';
import { until } from './support/until';

jest.setTimeout(120_000);

let stack: TestStack;
beforeAll(async () => {
  // A call whose worker has died is given up after `callTimeout`; one whose worker stops has `meldTimeout` to be answered.
  stack = await aStack({ meldTimeout: '20s', policy: { giveUpAfter: '5m', callTimeout: '25s' } });
});
afterAll(() => stack.close());

/** A connection whose next call Meld holds, and a refresh that has got there. */
async function aHeldCall(point: HoldPoint, scenario: 'healthy' | 'lost_webhooks' = 'healthy') {
  const { api, meld } = stack;
  const [connection] = await meld.createConnections([{ scenario }]);
  const { id } = connection!;
  const call = await meld.hold(id, point);
  const { runId } = await api.start(id);
  await call.held();
  const [entry] = await meld.ledger(id);
  return { id, runId, call, chargedBefore: entry?.charged };
}

describe('a worker that is killed in a call', () => {
  let executed: Awaited<ReturnType<typeof aHeldCall>>;
  let untold: Awaited<ReturnType<typeof aHeldCall>>;
  let notExecuted: Awaited<ReturnType<typeof aHeldCall>>;
  beforeAll(async () => {
    [executed, untold, notExecuted] = await Promise.all([
      aHeldCall('after_execution'),
      aHeldCall('after_execution', 'lost_webhooks'),
      aHeldCall('before_execution'),
    ]);
    const killed = stack.worker.pid;
    await stack.worker.kill();
    await stack.worker.restart();
    expect(stack.worker.pid).not.toBe(killed);
  });

  test.each([
    ['is woken by the webhooks of the call', () => executed, 'event'],
    ['finds its data without webhooks', () => untold, 'successfullyAggregatedAt'],
  ])('and that Meld has executed: charged once, it %s', async (_how, held, by) => {
    const { api, meld } = stack;
    const { id, runId, chargedBefore } = held();
    expect(chargedBefore).toBe(true);
    expect(await api.result(id)).toMatchObject({
      outcome: 'refreshed',
      calls: [{ answer: 'unknown', httpStatus: null, requestId: null }],
      evidence: { BALANCES: { by }, TRANSACTIONS: { by } },
    });
    expect((await api.read(id)).runId).toBe(runId);
    expect(await meld.ledger(id)).toMatchObject([{ charged: true }]);
  });

  test('and that Meld has not executed: called once more, charged once', async () => {
    const { api, meld } = stack;
    const { id, runId, chargedBefore } = notExecuted;
    expect(chargedBefore).toBe(false);
    expect(await api.result(id)).toMatchObject({
      outcome: 'refreshed',
      calls: [{ answer: 'unknown' }, { answer: 'accepted', httpStatus: 200 }],
    });
    expect((await api.read(id)).runId).toBe(runId);
    expect((await meld.ledger(id)).map(({ charged }) => charged)).toEqual([false, true]);
  });
});

test('a worker that is told to stop in a call waits for its answer, and the refresh goes on from there', async () => {
  const { api, meld } = stack;
  const { id, runId, call } = await aHeldCall('after_execution', 'lost_webhooks');

  const logged = readFileSync(stack.worker.logFile, 'utf8').length;
  stack.worker.send('SIGTERM');
  await until('the worker is stopping', () =>
    readFileSync(stack.worker.logFile, 'utf8').slice(logged).includes('worker stopping') ? true : null,
  );
  expect(stack.worker.exitReason()).toBeNull();
  await call.release();
  expect(await stack.worker.exited()).toBe('ended with code 0');
  // The answer has reached Temporal before the worker was gone; the run waits for the next worker.
  expect((await api.read(id)).state).toBe('running');

  await stack.worker.restart();
  expect(await api.result(id)).toMatchObject({
    outcome: 'refreshed',
    calls: [{ answer: 'accepted', httpStatus: 200, requestId: expect.any(String) }],
  });
  expect((await api.read(id)).runId).toBe(runId);
  expect(await meld.ledger(id)).toMatchObject([{ charged: true, answer: 'accepted' }]);
});

test('a refresh asked for while no worker runs is done once there is one', async () => {
  const { api, meld } = stack;
  const [connection] = await meld.createConnections([{ scenario: 'healthy' }]);
  const { id } = connection!;
  await stack.worker.stop();
  await api.start(id);
  expect(await meld.ledger(id)).toEqual([]);
  await stack.worker.restart();
  expect(await api.result(id)).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'accepted' }] });
  expect(await meld.ledger(id)).toHaveLength(1);
});
