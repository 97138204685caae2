import { scenariosAt } from '../../src/dev/scenarios';
import type { LedgerEntry } from '../../src/simulator/state/ledger';
import type { RefreshResult } from '../../src/refresh/model/outcome';
import { aStack, type TestStack } from './support/a-stack';

/** 2 s and half of 4 s: on a busy machine, data that comes sooner ends the run before the call's answer is recorded. */
const PACE = { aggregationMs: 2_000, windowMs: 4_000 };
const SCENARIOS = Object.entries(scenariosAt(PACE));

interface Ended {
  readonly result: RefreshResult;
  readonly ledger: readonly LedgerEntry[];
}

let stack: TestStack;
const ended = new Map<string, Promise<Ended>>();

// All at once: they wait more than they work, and must not disturb each other.
beforeAll(async () => {
  // Answers and data that a busy machine delays must not count as lost.
  stack = await aStack({
    meldTimeout: '10s',
    policy: {
      unknownAnswerWait: '8s',
      providers: { MX: { forcedRefreshEvery: `${PACE.windowMs}ms`, after: 'any_aggregation' } },
    },
  });
  const { api, meld } = stack;
  const connections = await meld.createConnections(SCENARIOS.map(([, { connection }]) => connection));
  for (const [index, [name, { request }]] of SCENARIOS.entries()) {
    const { id } = connections[index]!;
    const run = async (): Promise<Ended> => {
      await api.start(id, request);
      const result = await api.result(id);
      return { result, ledger: await meld.ledger(id) };
    };
    const end = run();
    end.catch(() => undefined);
    ended.set(name, end);
  }
});
afterAll(() => stack.close());

test.each(SCENARIOS.map(([name, scenario]) => ({ name, ...scenario })))(
  '$name: $sentence',
  async ({ name, ends, calls, charged, evidence }) => {
    const { result, ledger } = await ended.get(name)!;
    expect(result).toMatchObject(ends);
    expect(result.calls.map(({ answer }) => answer)).toEqual(calls);
    expect(ledger.filter((entry) => entry.charged)).toHaveLength(charged);
    expect(ledger).toHaveLength(calls.length);
    // Of a call whose answer could not be read, the two ledgers know different things.
    const known = <T>(entries: readonly T[]): T[] =>
      entries.filter(
        (_entry, index) =>
          result.calls[index]?.answer !== 'unknown' && result.calls[index]?.requestId !== null,
      );
    expect(known(result.calls).map(toLedger)).toEqual(known(ledger).map(toLedger));
    const products = ['BALANCES', 'IDENTIFIERS', 'OWNERS', 'TRANSACTIONS'];
    const proof = Object.entries(result.evidence).map(([product, { by }]) => [product, by]);
    expect(new Map(proof as [string, string][])).toEqual(
      new Map(evidence === undefined ? [] : products.map((product) => [product, evidence])),
    );
  },
);

type Line = Pick<LedgerEntry, 'answer' | 'products' | 'httpStatus' | 'requestId'>;

/** What both ledgers know. */
function toLedger({ answer, products, httpStatus, requestId }: RefreshResult['calls'][number] | LedgerEntry) {
  return { answer, products, httpStatus, requestId } as Partial<Line>;
}
