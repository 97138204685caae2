import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../lib/error-message';
import { SetupError } from '../temporal/setup-error';

/** A program that runs beside this one and ends with it. */
export type Child = Awaited<ReturnType<typeof startChild>>;

interface ChildOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where both of its outputs go, after what is in there; left out: the last few kB are kept for `outputTail`. */
  readonly logFile?: string | undefined;
}

/** How long to wait for it, and until what. */
export interface Readiness {
  /** What is started, as the error names it. */
  readonly name: string;
  readonly startWithinMs: number;
  readonly logFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether it serves by now; an error counts as not yet. */
  readonly isReady: (pid: number) => Promise<boolean>;
}

/** 100 ms: a start takes one to three seconds. */
const RETRY_MS = 100;
/** 4 kB: the error that ended it is in its last lines. */
const TAIL_BYTES = 4_096;
const STOP_WITHIN_MS = 10_000;

/**
 * Starts a program that never outlives this one: a watcher holds a pipe from us, and ends the program when the pipe
 * closes, however we ended; a frozen one (SIGSTOP) is continued for that. Both are in process groups of their own, so
 * that Ctrl-C reaches us alone and the order of stopping is ours.
 * @throws Error when the program cannot be started.
 */
export async function startChild({ file, args, env, logFile }: ChildOptions) {
  const log = logFile === undefined ? undefined : openSync(logFile, 'a');
  const logStart = log === undefined ? 0 : fstatSync(log).size;
  const child = spawn(file, args, { env, detached: true, stdio: ['ignore', log ?? 'pipe', log ?? 'pipe'] });
  if (log !== undefined) closeSync(log);
  let words = '';
  for (const output of [child.stdout, child.stderr]) {
    output?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-TAIL_BYTES);
    });
  }
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} was started without a process id`);

  const watcher = spawn('sh', ['-c', 'read -r _; kill "$0"; kill -CONT "$0"', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  /** `null` while it runs; then how it ended, in words. */
  const exitReason = (): string | null => {
    if (child.signalCode !== null) return `ended by ${child.signalCode}`;
    return child.exitCode === null ? null : `ended with code ${child.exitCode}`;
  };
  /** Resolves, with how it ended, once the process has exited, for whatever reason. */
  const exited = once(child, 'exit').then((): string => {
    watcher.kill('SIGKILL');
    return exitReason() ?? 'ended';
  });
  /** Sends a signal and does not wait, such as SIGSTOP and SIGCONT. */
  const send = (signal: NodeJS.Signals): void => {
    if (exitReason() === null) child.kill(signal);
  };
  /** Default SIGKILL: the crash itself. Resolves once it has exited, so it takes a signal that ends the program. */
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    send(signal);
    await exited;
  };
  return {
    pid,
    exitReason,
    exited,
    /** The last kB of what it wrote, log file or not. */
    outputTail: () => (logFile === undefined ? words : tailOf(logFile, logStart)).trim(),
    send,
    kill,
    /** SIGTERM, and SIGKILL when that takes longer than 10 s. Resolves once it is gone. */
    async stop(): Promise<void> {
      const killTimer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await kill('SIGTERM');
      clearTimeout(killTimer);
    },
  };
}

/**
 * The same, once it serves.
 * @throws SetupError with the end of its output when it ends or takes too long; it has exited then.
 */
export async function startReady(options: ChildOptions & Readiness): Promise<Child> {
  const { name, isReady, startWithinMs, logFile, signal } = options;
  signal?.throwIfAborted();
  const child = await startChild(options);
  const deadlineMs = Date.now() + startWithinMs;
  let lastError = '';
  const serves = () =>
    isReady(child.pid).catch((error: unknown) => {
      lastError = ` (${errorMessage(error)})`;
      return false;
    });
  try {
    while (!(await serves())) {
      const late = Date.now() > deadlineMs ? `was not ready within ${startWithinMs} ms${lastError}` : null;
      const why = child.exitReason() ?? late;
      if (why !== null) {
        const output = child.outputTail();
        const tail = output === '' ? 'It wrote nothing.' : `It wrote:\n${output}`;
        const log = logFile === undefined ? '' : `\nIts log: ${logFile}`;
        throw new SetupError(`The ${name} ${why}. ${tail}${log}`);
      }
      await sleep(RETRY_MS, undefined, { signal });
    }
    signal?.throwIfAborted();
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  }
}

function tailOf(file: string, from: number): string {
  const log = openSync(file, 'r');
  try {
    const { size } = fstatSync(log);
    const start = Math.max(from, size - TAIL_BYTES);
    const words = Buffer.alloc(Math.max(0, size - start));
    readSync(log, words, 0, words.length, start);
    return words.toString();
  } finally {
    closeSync(log);
  }
}
