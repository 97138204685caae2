import path from 'node:path';
import { freePort } from '../src/dev/free-port';
import { temporalVersion, thisMachine } from './machine';
import { measureMemory, watchedWorkerEnv } from './measure-memory';
import { measureRefreshes } from './measure-refreshes';
import { makeReport } from './report';
import type { Report } from './report';
import type { Settings } from './settings';
import { openBenchStack } from './bench-stack';
import type { BenchStack } from './bench-stack';

interface BenchmarkOptions {
  readonly settings: Settings;
  /** For what the stacks write; nothing of it is needed afterwards. */
  readonly folder: string;
  readonly say: (what: string) => void;
  readonly signal: AbortSignal;
}

/** Measures everything; nothing that it started is left when it ends. */
export async function runBenchmark({ settings, folder, say, signal }: BenchmarkOptions): Promise<Report> {
  const machine = thisMachine();
  const benchStacks: BenchStack[] = [];
  const open = async (name: string, options: Partial<Parameters<typeof openBenchStack>[0]> = {}) => {
    const stack = await openBenchStack({ folder: path.join(folder, name), signal, ...options });
    benchStacks.push(stack);
    return stack;
  };
  const closeAll = async () => {
    for (const stack of benchStacks.splice(0)) await stack.close();
  };
  try {
    say('starting two stacks, with plain and with encrypted payloads');
    const plain = await open('plain');
    const encrypted = await open('encrypted', { payloads: 'encrypted' });
    const temporal = await temporalVersion(plain.temporal);
    const measured = await measureRefreshes({ plain, encrypted, settings, say, signal });
    await closeAll();

    say('memory');
    const metricsAddress = `127.0.0.1:${await freePort()}`;
    const { asleep, concurrency } = settings;
    const bed = await open('memory', { workerEnv: watchedWorkerEnv(metricsAddress) });
    const memory = await measureMemory(bed, { asleep, concurrency, metricsAddress, signal });
    return makeReport({
      measuredAt: new Date().toISOString(),
      machine: { ...machine, temporal },
      settings,
      ...measured,
      memory,
    });
  } finally {
    await closeAll();
  }
}
