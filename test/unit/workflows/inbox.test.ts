import { openInbox } from '../../../src/workflows/inbox';
import { Run, T0, accepted, at, ms } from '../refresh/support/a-run';

const mockHandlers = new Map<string, (signal: unknown) => void>();
jest.mock('@temporalio/workflow', () => ({
  ...jest.requireActual('@temporalio/workflow'),
  log: { warn: () => undefined },
  setHandler: ({ name }: { name: string }, handler: (signal: unknown) => void) =>
    mockHandlers.set(name, handler),
}));

const never = new Promise<never>(() => undefined);
const arrivals = (count: number): void => {
  for (let nth = 0; nth < count; nth++) mockHandlers.get('join')?.({ joinId: `join-${nth}` });
};
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('thousands of signals of one activation ask a wait once whether it is over', async () => {
  const inbox = openInbox();
  const isOver = jest.fn(() => false);
  void inbox.unless(never, isOver);
  expect(isOver).toHaveBeenCalledTimes(1);
  arrivals(9_900);
  await nextTurn();
  expect(isOver).toHaveBeenCalledTimes(2);
});

test('a wait that has ended is asked no more, however many there were', async () => {
  const inbox = openInbox();
  const isOver = jest.fn(() => false);
  for (let reads = 0; reads < 100; reads++) await inbox.unless(Promise.resolve(), isOver);
  expect(isOver).toHaveBeenCalledTimes(100);
  arrivals(1);
  await nextTurn();
  expect(isOver).toHaveBeenCalledTimes(100);
});

/** What no client of ours sends, and Temporal has acknowledged. */
const ODD: readonly unknown[] = [
  undefined,
  null,
  7,
  'text',
  [],
  {},
  { eventId: 7, occurredAt: 'noon' },
  { joinId: 'j', requestedAt: 5 },
];

describe.each(['accountsUpdated', 'transactionsAggregated', 'connectionStatusChanged'])('%s', (name) => {
  test.each(ODD)('is taken and asks for a read, whatever it holds: %j', (signal) => {
    const inbox = openInbox();
    const run = new Run().reads().calls(accepted).at('5s');
    mockHandlers.get(name)?.(signal);
    run.state = inbox.applyTo(run.state, run.nowMs);
    expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
    expect(inbox.notes).toHaveLength(1);
  });
});

test.each(ODD)('a join of %j wants all data from its own moment', (signal) => {
  const inbox = openInbox();
  const run = new Run({ products: ['BALANCES'], freshSince: at('-1h') }).reads().calls(accepted).at('5m');
  mockHandlers.get('join')?.(signal);
  run.state = inbox.applyTo(run.state, run.nowMs);
  expect(run.state.terms).toMatchObject({ allProducts: true, freshSinceMs: T0 + ms('4m') });
});
