import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startProcess } from '../../../../src/dev/stack/stack-process';
import { startReady } from '../../../../src/dev/child-process';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'stack-process-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const STAYS = 'console.log("up"); setInterval(() => undefined, 1_000)';

interface Script {
  readonly code: string;
  readonly readyWithinMs?: number;
  readonly signal?: AbortSignal;
}

/** A process that is ready once its log says "up". */
function start({ code, readyWithinMs = 10_000, signal }: Script) {
  const logFile = path.join(folder, 'worker.log');
  const pids: number[] = [];
  const started = startProcess({
    name: 'worker',
    logFile,
    start: () =>
      startReady({
        name: 'worker',
        logFile,
        signal,
        startWithinMs: readyWithinMs,
        file: process.execPath,
        args: ['-e', code],
        env: {},
        isReady: async (pid) => {
          pids.push(pid);
          return readFileSync(logFile, 'utf8').includes('up');
        },
      }),
  });
  return { started, pids };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a process that ends before it is ready is reported with the end of its output', async () => {
  const { started } = start({ code: 'console.error("no key"); process.exit(3)' });
  await expect(started).rejects.toThrow(
    /^The worker ended with code 3\. It wrote:\nno key\nIts log: .*worker\.log$/,
  );
});

test('a process that is never ready is given up, and has exited', async () => {
  const { started, pids } = start({ code: 'setInterval(() => undefined, 1_000)', readyWithinMs: 300 });
  await expect(started).rejects.toThrow('The worker was not ready within 300 ms. It wrote nothing.');
  expect(pids.length).toBeGreaterThan(0);
  expect(pids.some(isAlive)).toBe(false);
});

test('a start that is called off leaves nothing running', async () => {
  const calledOff = new AbortController();
  const { started, pids } = start({ code: 'setInterval(() => undefined, 1_000)', signal: calledOff.signal });
  setTimeout(() => calledOff.abort(), 300);
  await expect(started).rejects.toMatchObject({ name: 'AbortError' });
  expect(pids.length).toBeGreaterThan(0);
  expect(pids.some(isAlive)).toBe(false);
});

test('a killed process says how it ended, and comes back as another', async () => {
  const running = await start({ code: STAYS }).started;
  const { pid } = running;
  const exited = running.exited();
  await running.kill();
  expect(await exited).toBe('ended by SIGKILL');
  expect(running.exitReason()).toBe('ended by SIGKILL');

  await running.restart();
  expect(running.pid).not.toBe(pid);
  expect(running.exitReason()).toBeNull();
  await running.stop();
  expect(isAlive(running.pid)).toBe(false);
});
