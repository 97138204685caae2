import { openInbox } from '../../../src/workflows/inbox';

const mockHandlers = new Map<string, (signal: unknown) => void>();
jest.mock('@temporalio/workflow', () => ({
  ...jest.requireActual('@temporalio/workflow'),
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
