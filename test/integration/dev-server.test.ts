import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { checkTemporal } from '../../src/temporal/check-temporal';
import { connectClient } from '../../src/temporal/connect';
import { startDevServer } from '../../src/dev/temporal-server/dev-server';
import { searchAttributes } from '../../src/workflows/messages';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'dev-server-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('serves with its UI, keeps workflows in its file over a restart, and is gone after stop()', async () => {
  const dbFile = path.join(folder, 'temporal.db');
  const first = await startDevServer({ dbFile, namespace: 'refreshes', logFile: path.join(folder, 'log') });
  try {
    expect((await fetch(first.uiUrl!)).status).toBe(200);
    const connection = await connectClient(first.target);
    expect(await checkTemporal(connection, first.target)).toEqual({ searchAttributes: 'present' });
    const client = new Client({ connection, namespace: 'refreshes' });
    await client.workflow.start('anything', {
      taskQueue: 'nobody-listens',
      workflowId: 'kept',
      typedSearchAttributes: [{ key: searchAttributes.provider, value: 'MX' }],
    });
    await connection.close();
  } finally {
    await first.stop();
  }
  expect(isAlive(first.pid)).toBe(false);

  const second = await startDevServer({ dbFile, namespace: 'refreshes', ui: 'off' });
  try {
    expect(second.uiUrl).toBeNull();
    const connection = await connectClient(second.target);
    const kept = await new Client({ connection, namespace: 'refreshes' }).workflow
      .getHandle('kept')
      .describe();
    expect(kept.status.name).toBe('RUNNING');
    await connection.close();
  } finally {
    await second.kill();
  }
  expect(isAlive(second.pid)).toBe(false);
});

test('a server that cannot start says why, in its own last words', async () => {
  await expect(startDevServer({ extraArgs: ['--no-such-flag'] })).rejects.toThrow(
    /ended with code 1.*no-such-flag/s,
  );
});

test.each([
  ['does not outlive the process that started it, even one that was killed', []],
  ['nor does it when it is frozen at that moment', ['SIGSTOP'] as const],
])('%s', async (_what, signals) => {
  const script = `require('${path.resolve('dist/dev/temporal-server/dev-server.js')}').startDevServer({ ui: 'off' })
    .then(({ pid }) => { console.log(pid); setInterval(() => undefined, 1000); });`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const pid = Number(line);
  expect(isAlive(pid)).toBe(true);

  for (const signal of signals) process.kill(pid, signal);
  parent.kill('SIGKILL');
  const deadlineMs = Date.now() + 10_000;
  while (isAlive(pid) && !isZombie(pid) && Date.now() < deadlineMs) await sleep(50);
  expect(isAlive(pid) && !isZombie(pid)).toBe(false);
});

/** Dead, and waiting for an adoptive parent that may never ask: containers often have none that does. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
