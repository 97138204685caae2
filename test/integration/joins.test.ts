import type { RefreshResult } from '../../src/refresh/model/outcome';
import type { Product } from '../../src/refresh/model/product';
import { aStack, type TestStack } from './support/a-stack';
import { ask } from './support/ask';
import { historyOf } from './support/histories';
import type { Started } from './support/refresh-api';

let stack: TestStack;
beforeAll(async () => {
  // Each of them may need a call of its own: an event proves nothing of what its call did not ask for.
  stack = await aStack({ policy: { maxCharges: CALLERS } });
});
afterAll(() => stack.close());

const CALLERS = 50;
const HAD = ['BALANCES', 'IDENTIFIERS', 'OWNERS', 'TRANSACTIONS'] as const satisfies readonly Product[];

/** Every non-empty set of the connection's products, again and again. */
const wishOf = (caller: number): readonly Product[] => {
  const bits = (caller % (2 ** HAD.length - 1)) + 1;
  return HAD.filter((_product, index) => (bits >> index) % 2 === 1);
};
const WISHES = Array.from({ length: CALLERS }, (_, caller) => wishOf(caller));

async function aConnection(params: object = {}): Promise<string> {
  const [connection] = await stack.meld.createConnections([
    { scenario: 'healthy', products: HAD.slice(), params },
  ]);
  return connection!.id;
}

const joinsOf = async (id: string): Promise<number> =>
  (await historyOf(stack.temporal, id)).filter(
    ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === 'join',
  ).length;

/** The result of that very run, however many came after it. */
async function resultOf(id: string, { runId }: Started): Promise<RefreshResult> {
  const { api, apiKey } = stack;
  const url = `${api.url}/v1/connections/${id}/refreshes/${runId}?wait=30`;
  const { text } = await ask(url, { headers: { authorization: `Bearer ${apiKey}` } });
  return JSON.parse(text).refresh.result;
}

function expectGranted(wish: readonly Product[], result: RefreshResult): void {
  expect(['refreshed', 'already_fresh']).toContain(result.outcome);
  expect(Object.keys(result.evidence)).toEqual(expect.arrayContaining([...wish]));
}

test('fifty joins that widen the products of a call under way lead to the one further call that they need', async () => {
  const { api, meld } = stack;
  const id = await aConnection();
  // Not executed yet: data that came before the joins would end the run.
  const call = await meld.hold(id, 'before_execution');
  const first = await api.start(id, { products: ['BALANCES'] });
  await call.held();
  const joins = await Promise.all(WISHES.map((products) => api.start(id, { products })));
  await call.release();

  expect(joins).toEqual(joins.map(() => ({ disposition: 'joined', runId: first.runId })));
  const result = await resultOf(id, first);
  for (const wish of WISHES) expectGranted(wish, result);
  // One that comes when the run is known to do all that it asks for is no signal.
  expect(await joinsOf(id)).toBeLessThanOrEqual(CALLERS);
  expect(result.calls).toMatchObject([
    { answer: 'accepted', products: ['BALANCES'] },
    { answer: 'accepted', products: expect.arrayContaining(['TRANSACTIONS']) },
  ]);
  expect((await meld.ledger(id)).filter(({ charged }) => charged)).toHaveLength(2);
});

test('fifty requests at once for a connection that nobody refreshes make one run, which grants them all', async () => {
  const { api, meld } = stack;
  const id = await aConnection({ aggregationMs: 3_000 });
  const started = await Promise.all(WISHES.map((products) => api.start(id, { products })));

  expect(started.filter(({ disposition }) => disposition === 'started')).toHaveLength(1);
  expect(new Set(started.map(({ runId }) => runId)).size).toBe(1);
  expect(await joinsOf(id)).toBeLessThan(CALLERS);
  const result = await resultOf(id, started[0]!);
  for (const wish of WISHES) expectGranted(wish, result);
  expect((await meld.ledger(id)).filter(({ charged }) => charged).length).toBeLessThanOrEqual(2);
});

test('requests that come while runs open and close are granted by the run they got into, each', async () => {
  const { api, meld } = stack;
  const id = await aConnection({ aggregationMs: 0 });
  const granted: { wish: readonly Product[]; started: Started; result: RefreshResult }[] = [];
  const queue = WISHES.values();
  // Five at a time: each asks again as soon as its run has ended, right when it closes for the others.
  const caller = async (): Promise<void> => {
    for (const wish of queue) {
      const started = await api.start(id, { products: wish });
      granted.push({ wish, started, result: await resultOf(id, started) });
    }
  };
  await Promise.all(Array.from({ length: 5 }, caller));

  expect(granted).toHaveLength(CALLERS);
  for (const { wish, result } of granted) expectGranted(wish, result);
  const runs = new Map(granted.map(({ started, result }) => [started.runId, result]));
  expect(runs.size).toBeGreaterThan(1);
  expect(granted.filter(({ started }) => started.disposition === 'started')).toHaveLength(runs.size);
  // Nothing was paid for that no run accounts for.
  const accounted = [...runs.values()].flatMap(({ calls }) => calls.filter((call) => call.mayBeCharged));
  const charged = (await meld.ledger(id)).filter((entry) => entry.charged);
  expect(charged).toHaveLength(accounted.length);
  // Where the data came before the answer, no request id is known.
  const known = accounted.flatMap(({ requestId }) => requestId ?? []);
  expect(charged.map(({ requestId }) => requestId)).toEqual(expect.arrayContaining(known));
});
