import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { startDevServer } from '../../src/dev/temporal-server/dev-server';
import { until } from '../integration/support/until';
import { poke, sleepOwnTime } from './frozen-script-workflow';

// What a freeze does to a bare worker of Temporal's SDK, without any code of this project: each run sleeps for a time of
// its own, and a timer of another time in its history is another run's.
//   node --require ./test/unit/simulator/typescript-hook.cjs test/chaos/frozen-script.ts
// ISOLATE_TIMEOUT=60s shows that a longer limit protects.

const FREEZES = Number(process.env['FREEZES'] ?? 20);
/** 5.5 s: the SDK interrupts a script after 5 s of wall time. */
const FROZEN_MS = 5_500;
const RUNS = 8;
const FIRST_MS = 100;
const QUEUE = 'frozen-script';

async function work(address: string): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue: QUEUE,
    // All runs in one context, as many of a large worker are.
    workflowThreadPoolSize: 1,
    workflowsPath: require.resolve('./frozen-script-workflow'),
    ...(process.env['ISOLATE_TIMEOUT'] && { isolateExecutionTimeout: process.env['ISOLATE_TIMEOUT'] }),
  });
  process.stdout.write('ready\n');
  await worker.run();
}

async function freeze(): Promise<void> {
  const server = await startDevServer({ ui: 'off', logLevel: 'error' });
  const connection = await Connection.connect({ address: server.address });
  const { workflow } = new Client({ connection });
  const outputs: string[] = [];
  let worker = await startWorker(server.address, outputs);
  let isOver = false;
  let crashes = 0;
  try {
    const handles = await Promise.all(
      Array.from({ length: RUNS }, (_, run) =>
        workflow.start(sleepOwnTime, {
          workflowId: `run-${run}`,
          taskQueue: QUEUE,
          args: [FIRST_MS + run],
        }),
      ),
    );
    const busy = handles.map(async (handle) => {
      while (!isOver) {
        await handle.signal(poke);
        await pause(100);
      }
    });
    for (let nth = 0; nth < FREEZES; nth++) {
      await pause(3_000 + nth * 37);
      if (worker.exitCode !== null || worker.signalCode !== null) {
        crashes += 1;
        worker = await startWorker(server.address, outputs);
        await pause(3_000);
      }
      worker.kill('SIGSTOP');
      await pause(FROZEN_MS);
      worker.kill('SIGCONT');
    }
    await pause(3_000);
    isOver = true;
    await Promise.all(busy);

    const taken: string[] = [];
    for (const [run, handle] of handles.entries()) {
      const { events } = await handle.fetchHistory();
      for (const { timerStartedEventAttributes: timer } of events ?? []) {
        const ms = Math.round((timer?.startToFireTimeout?.nanos ?? 0) / 1e6);
        if (timer && ms !== FIRST_MS + run) taken.push(`run-${run} slept for run-${ms - FIRST_MS}`);
      }
    }
    const count = (text: string): number => outputs.join('').split(text).length - 1;
    const figures = {
      freezes: FREEZES,
      interrupted: count('message: "Script execution timed out'),
      crashes,
      nonDeterministicRuns: new Set(/TMPRL1100[^\n]*run_id=\S+/.exec(outputs.join(''))).size,
      foreignTimers: taken.length,
    };
    if (process.env['SHOW']) process.stdout.write(outputs.join(''));
    process.stdout.write(`${JSON.stringify(figures)}\n${taken.join('\n')}\n`);
  } finally {
    isOver = true;
    worker.kill('SIGCONT');
    worker.kill('SIGKILL');
    await connection.close();
    await server.stop();
  }
}

async function startWorker(address: string, outputs: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...process.execArgv, __filename, address], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let isReady = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      outputs.push(chunk.toString());
      isReady ||= chunk.toString().includes('ready');
    });
  }
  await until('the worker is ready', () => (isReady ? true : null), 120_000);
  return child;
}

const [, , address] = process.argv;
void (address === undefined ? freeze() : work(address));
