import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { linkSignals } from '../../lib/link-signals';
import { startReady, type Child, type Readiness } from '../child-process';
import { inheritedEnv, type Environment } from './child-environment';
import { startProcess, type ProcessName, type StackProcess } from './stack-process';
import type { StackOptions } from './stack-options';

const START_WITHIN_MS = 60_000;
/** The same from `src/`, where tests run it, as from `dist/`. */
const DIST = path.join(__dirname, '..', '..', '..', 'dist');
/** Who stands on others ends before them. */
const STOP_ORDER: readonly ProcessName[] = ['server', 'worker', 'simulator', 'temporal'];

/** Starts one program of the stack, at each of its restarts. */
type Program = (how: Omit<Readiness, 'isReady'>) => Promise<Child>;

/** A file of `dist/`. */
export function ownProgram(main: string, env: Environment, isReady: Readiness['isReady']): Program {
  return (how) =>
    startReady({
      ...how,
      file: process.execPath,
      args: [path.join(DIST, main)],
      env: { ...inheritedEnv(process.env), ...env },
      isReady,
    });
}

export type StartProcess = (name: ProcessName, program: Program) => Promise<StackProcess>;

/**
 * What `build` resolves with, and all processes that it started.
 * @throws what `build` throws; nothing of what it started is left by then
 */
export async function startProcesses<T>(
  { folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-')), ...options }: StackOptions,
  build: (start: StartProcess, folder: string) => Promise<T>,
) {
  const { startWithinMs = START_WITHIN_MS } = options;
  const logs = path.join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
  const failure = new AbortController();
  const { signal } = linkSignals([failure.signal, ...(options.signal ? [options.signal] : [])]);
  const starting = new Map<ProcessName, Promise<StackProcess>>();

  const inStopOrder = () => STOP_ORDER.flatMap((name) => starting.get(name) ?? []);
  const stop = async () => {
    // One that did not start has exited.
    for (const starts of inStopOrder()) await (await starts.catch(() => null))?.stop();
  };
  const start: StartProcess = (name, program) => {
    const logFile = path.join(logs, `${name}.log`);
    const how = { name, logFile, startWithinMs, signal };
    const starts = startProcess({ name, logFile, start: () => program(how) });
    starting.set(name, starts);
    return starts;
  };
  try {
    const built = await build(start, folder);
    return {
      ...built,
      folder,
      /** All of them, in the order in which they stop. */
      processes: await Promise.all(inStopOrder()),
      /** Ends all, those that stand on others first. May be called again. */
      stop,
    };
  } catch (error) {
    failure.abort();
    await stop();
    throw error;
  }
}
