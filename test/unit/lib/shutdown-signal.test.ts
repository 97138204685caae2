import { exitOnSignal, shutdownSignal } from '../../../src/lib/shutdown-signal';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

afterEach(() => {
  jest.restoreAllMocks();
  for (const signal of SIGNALS) process.removeAllListeners(signal);
});

const exits = () => jest.spyOn(process, 'exit').mockImplementation(() => undefined as never);

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s during the start ends the process with %i, as PID 1 too', (signal, code) => {
  const exit = exits();
  exitOnSignal();
  process.emit(signal, signal);
  expect(exit).toHaveBeenCalledWith(code);
});

test('once started, the first signal begins the shutdown and the second ends the process', async () => {
  const exit = exits();
  const started = exitOnSignal();
  const stop = shutdownSignal();
  started();
  process.emit('SIGTERM', 'SIGTERM');
  expect(await stop).toBe('SIGTERM');
  expect(exit).not.toHaveBeenCalled();
  process.emit('SIGTERM', 'SIGTERM');
  expect(exit).toHaveBeenCalledWith(1);
});
