import {
  type RefreshHandle,
  ProductNotAvailableError,
  RefreshContendedError,
  RefreshStuckError,
} from '../../../../src/client';
import { EXIT } from '../../../../src/cli/exit/exit-codes';
import { makeOutput } from '../../../../src/cli/terminal/output';
import { runMany } from '../../../../src/cli/refresh/run-many';

/** Keeps the notes that people read. */
function anIo(interrupted = new AbortController().signal) {
  let notes = '';
  const io = {
    env: {},
    stdin: (async function* () {})(),
    stdout: { write: () => undefined },
    stderr: { write: (text: string) => void (notes += text) },
    now: Date.now,
    onInterrupt: () => interrupted,
  };
  return { io, notes: () => notes };
}

const none = () => Promise.resolve(null);

test('a connection that was not started comes with what has held it up', async () => {
  const interruption = new AbortController();
  const { io, notes } = anIo(interruption.signal);
  const refresh = () => {
    interruption.abort();
    return Promise.reject(new RefreshContendedError('a', 'being_canceled'));
  };
  const code = await runMany(
    { io, output: makeOutput(io) },
    { refresh, wait: none },
    { connectionIds: ['a', 'b'], concurrency: 1, request: { idempotencyKey: 'bulk-1' } },
    { until: 'end', format: 'lines', timeoutMs: null },
  );
  expect(code).toBe(EXIT.unfinished);
  expect(notes()).toContain(
    '2 not known to be started: a, b.\nLast trouble: The refresh of connection a is being canceled and has not ended yet.',
  );
});

test('a bulk names the connections that got no run, each kind in a line of its own with the reason', async () => {
  const refusals: Readonly<Record<string, Error>> = {
    a: new ProductNotAvailableError('a', ['OWNERS'], ['BALANCES']),
    b: new RefreshStuckError('b', 'run-of-b', 6),
    c: new RefreshStuckError('c', 'run-of-c', 6),
  };
  const { io, notes } = anIo();
  const code = await runMany(
    { io, output: makeOutput(io) },
    {
      refresh: ({ connectionId }) => Promise.reject(refusals[connectionId] ?? new Error('not asked for')),
      wait: none,
    },
    { connectionIds: Object.keys(refusals), concurrency: 1, request: { idempotencyKey: 'bulk-1' } },
    { until: 'end', format: 'lines', timeoutMs: null },
  );
  expect(code).toBe(EXIT.unavailable);
  const [summary] = notes().match(/^3 of 3 ended[^]*/m) ?? [];
  expect(summary).toBe(
    '3 of 3 ended: refused 1, stuck 2.\n' +
      '1 refused (it lacks a product that was asked for, or the key came with another request before): a.\n' +
      '2 stuck (its open run takes no callers): b, c.\n',
  );
});

test('a bulk without waiting that was interrupted is gone on with by the same command, to start the others', async () => {
  const interruption = new AbortController();
  const { io, notes } = anIo(interruption.signal);
  const code = await runMany(
    { io, output: makeOutput(io) },
    {
      refresh: ({ connectionId }) => {
        interruption.abort();
        return Promise.resolve({ connectionId, runId: 'run-1', disposition: 'started' } as RefreshHandle);
      },
      wait: none,
    },
    { connectionIds: ['a', 'b'], concurrency: 1, request: { idempotencyKey: 'bulk-1' } },
    { until: 'begin', format: 'lines', timeoutMs: null },
  );
  expect(code).toBe(EXIT.unfinished);
  expect(notes()).toContain(
    '1 of 2 started or joined: a.\n1 not known to be started: b.\n' +
      'To go on, give the same command within 24 hours with --idempotency-key bulk-1',
  );
});
