import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startProcess, type StackProcess } from '../src/dev/stack/stack-process';
import { inheritedEnv, type Environment } from '../src/dev/stack/child-environment';
import { startReady } from '../src/dev/child-process';

const ROOT = path.join(__dirname, '..');
const START_WITHIN_MS = 60_000;

/** What `getconf CLK_TCK` says on every Linux that Node.js runs on. */
const TICK_MS = 10;
const PAGE_BYTES = 4_096;

interface OwnProcess {
  readonly name: StackProcess['name'];
  /** Relative to the repository: a `.ts` file runs as it is. */
  readonly main: string;
  readonly args?: readonly string[];
  readonly env: Environment;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly isReady: (pid: number) => Promise<boolean>;
}

/** A program of the benchmark's own beside the stack; it never outlives this process. */
export function startOwn({
  name,
  main,
  args = [],
  env,
  folder,
  signal,
  isReady,
}: OwnProcess): Promise<StackProcess> {
  const logFile = path.join(folder, `${path.basename(main)}-${args[0] ?? name}.log`);
  const hook = main.endsWith('.ts') ? ['--require', './test/unit/simulator/typescript-hook.cjs'] : [];
  return startProcess({
    name,
    logFile,
    start: () =>
      startReady({
        name,
        logFile,
        signal,
        startWithinMs: START_WITHIN_MS,
        isReady,
        file: process.execPath,
        args: [...hook, path.join(ROOT, main), ...args],
        env: { ...inheritedEnv(process.env), ...env },
      }),
  });
}

/** User and system time of all its threads so far, in steps of 10 ms. Linux only. */
export function cpuMs(pid: number): number {
  const [, , ...afterName] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) | /);
  // Fields 14 and 15 of proc(5); the name, which may hold spaces, is the second.
  return (Number(afterName[11]) + Number(afterName[12])) * TICK_MS;
}

export function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
}
