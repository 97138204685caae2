import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { StackProcess } from '../../src/dev/stack/stack-process';
import { until } from '../integration/support/until';
import type { CuttableProxy } from './cuttable-proxy';
import { TARGETS, type Fault, type Target } from './fault-plan';

type Proxy = Pick<CuttableProxy, 'cut' | 'restore'>;

/** What one process really went through. */
export interface Injection {
  readonly target: Target;
  readonly how: Fault['how'];
  /** How the killed one ended, in words; the state that `ps` shows of the frozen one; connections that were cut. */
  readonly seen: string;
  readonly pids: { readonly before: number; readonly after: number };
  readonly injectedAtMs: number;
  /** When its restart began, or it was continued. */
  readonly releasedAtMs: number;
  /** When it was ready again; a continued one is at once. */
  readonly readyAtMs: number;
}

type Processes = Readonly<Record<Target, StackProcess>>;

/** A start next to a busy machine and a database that has just lost its process may need another try. */
const STARTS = 3;

/**
 * Does one fault to the processes, by their ids, and puts an end to it.
 * @param ready brings about the moment at which it hurts most
 */
export async function injectFault(
  fault: Fault,
  processes: Processes,
  proxy: Proxy,
  ready: () => Promise<void>,
): Promise<readonly Injection[]> {
  await pause(fault.afterMs);
  await ready();
  const hits = await Promise.all(
    fault.targets.map(async (target) => {
      const { pid } = processes[target];
      const injectedAtMs = Date.now();
      return {
        target,
        before: pid,
        injectedAtMs,
        seen: await hitProcess(fault.how, processes[target], proxy),
      };
    }),
  );
  await pause(fault.forMs);
  const injections: Injection[] = [];
  // Temporal first: the others need it to get ready.
  for (const target of TARGETS) {
    const hit = hits.find((one) => one.target === target);
    if (hit === undefined) continue;
    const { before, seen, injectedAtMs } = hit;
    const releasedAtMs = Date.now();
    if (fault.how === 'freeze') processes[target].send('SIGCONT');
    else if (fault.how === 'cut') proxy.restore();
    else await restartWithRetries(processes[target]);
    const pids = { before, after: processes[target].pid };
    injections.push({
      target,
      how: fault.how,
      seen,
      pids,
      injectedAtMs,
      releasedAtMs,
      readyAtMs: Date.now(),
    });
  }
  return injections;
}

/** @returns what shows that it was hit */
async function hitProcess(how: Fault['how'], process: StackProcess, proxy: Proxy): Promise<string> {
  if (how === 'cut') return `${proxy.cut()} connections`;
  if (how === 'kill') {
    const exited = process.exited();
    await process.kill('SIGKILL');
    return exited;
  }
  process.send('SIGSTOP');
  return until(`the ${process.name} was frozen`, () => {
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(process.pid)], { encoding: 'utf8' });
    return stdout.trim().startsWith('T') ? stdout.trim() : null;
  });
}

async function restartWithRetries(process: StackProcess): Promise<void> {
  for (let left = STARTS - 1; ; left -= 1) {
    try {
      await process.restart();
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}
