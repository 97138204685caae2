import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { until } from './until';

const DIST = path.join(__dirname, '..', '..', '..', 'dist');

export interface Program {
  readonly pid: number;
  /** All it has written so far, both outputs. */
  readonly output: () => string;
  /** Resolves with everything it has written once the text is there; fails when it ends before or takes over a minute. */
  outputWith(text: string): Promise<string>;
  /** Resolves with its exit code, `null` after a signal. */
  readonly exited: Promise<number | null>;
  send(signal: NodeJS.Signals): void;
}

export interface ProgramOptions {
  /** Where it is started; default: here. */
  readonly cwd?: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const START_WITHIN_MS = 60_000;

/** Starts a program of `dist/` as a person would, its outputs kept. */
export function aProgram(main: string, { cwd, args = [], env = {} }: ProgramOptions = {}): Program {
  const child = spawn(process.execPath, [path.join(DIST, main), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const exited = once(child, 'close').then(() => child.exitCode);
  return {
    pid: child.pid!,
    output: () => output,
    outputWith: (text) =>
      until(
        `it wrote ${JSON.stringify(text)}`,
        () => {
          if (output.includes(text)) return output;
          if (child.exitCode !== null)
            throw new Error(`It ended with code ${child.exitCode}, having written:\n${output}`);
          return null;
        },
        START_WITHIN_MS,
      ),
    exited,
    send: (signal) => void child.kill(signal),
  };
}

/** The processes that this one has started and that still run. */
export function childrenOf(parentPid: number): number[] {
  return processes()
    .filter(({ parent }) => parent === parentPid)
    .map(({ pid }) => pid);
}

/** Those of the processes that still run. One that has ended and that nobody has asked for is gone. */
export function running(pids: readonly number[]): number[] {
  return processes()
    .map(({ pid }) => pid)
    .filter((pid) => pids.includes(pid));
}

function processes() {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , stat = '']) => !stat.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}
