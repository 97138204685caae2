import type { RefreshResult } from '../../src/refresh/model/outcome';
import { aStack, type TestStack } from './support/a-stack';
import { ask } from './support/ask';

let stack: TestStack;
beforeAll(async () => {
  stack = await aStack();
});
afterAll(() => stack.close());

const CALLERS = 20;

test('twenty requests at once for one connection make one call, in one run that all are told of', async () => {
  const { api, meld } = stack;
  // The data comes late: it would end the run, answer or no answer, before the last request has come.
  const [connection] = await meld.createConnections([
    { scenario: 'healthy', params: { aggregationMs: 3_000 } },
  ]);
  const { id } = connection!;
  const call = await meld.hold(id, 'after_execution');
  const started = await Promise.all(Array.from({ length: CALLERS }, () => api.start(id)));
  await call.release();

  expect(new Set(started.map(({ runId }) => runId)).size).toBe(1);
  expect(started.map(({ disposition }) => disposition).sort()).toEqual([
    ...Array<string>(CALLERS - 1).fill('joined'),
    'started',
  ]);
  expect(await api.result(id)).toMatchObject({ outcome: 'refreshed', calls: [{ answer: 'accepted' }] });
  expect(await meld.ledger(id)).toMatchObject([{ charged: true, answer: 'accepted' }]);
});

test('twenty requests that wait for the end get the one result', async () => {
  const { api, meld, apiKey } = stack;
  const [connection] = await meld.createConnections([{ scenario: 'slow', params: { aggregationMs: 1_500 } }]);
  const { id } = connection!;
  const answers = await Promise.all(
    Array.from({ length: CALLERS }, () =>
      ask(`${api.url}/v1/connections/${id}/refreshes`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, prefer: 'wait=30' },
        body: {},
      }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const results = answers.map(({ text }) => JSON.parse(text).refresh.result as RefreshResult);
  expect(results[0]).toMatchObject({ outcome: 'refreshed' });
  // Each is told about the instant from which they wanted their data.
  for (const { freshSince, ...result } of results) {
    const { freshSince: _first, ...first } = results[0]!;
    expect(result).toEqual(first);
    expect(Date.parse(freshSince)).toBeLessThanOrEqual(Date.parse(result.requestedAt) + 1_000);
  }
  expect(await meld.ledger(id)).toHaveLength(1);
});

test('requests for many connections at once make one call each', async () => {
  const { api, meld } = stack;
  const connections = await meld.createConnections([{ scenario: 'healthy', count: 20 }]);
  await Promise.all(connections.flatMap(({ id }) => [api.start(id), api.start(id)]));
  const ended = await Promise.all(
    connections.map(async ({ id }) => ({ result: await api.result(id), ledger: await meld.ledger(id) })),
  );
  for (const { result, ledger } of ended) {
    expect(result.outcome).toBe('refreshed');
    expect(ledger).toHaveLength(1);
  }
});
