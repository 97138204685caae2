import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { request } from 'undici';
import { z } from 'zod';
import type { Environment } from '../src/dev/stack/child-environment';
import { memoryFigures } from './figures';
import type { MemorySample, MemoryFigures } from './figures';
import { runConcurrently } from './run-concurrently';
import { httpApi } from './refresh-one';
import type { BenchStack } from './bench-stack';

/** These fall asleep before the first sample, for the worker grows with its first runs whatever it keeps of them. */
const WARM_UP = 100;
/** 5 s: for the last answers to be worked off, and again for the memory that they took to be given back. */
const QUIET_MS = 5_000;
const ASLEEP_WITHIN_MS = 120_000;
const COUNT_AGAIN_MS = 500;

const heap = z.object({ threadId: z.number(), usedBytes: z.number() });

interface MemoryOptions {
  readonly asleep: number;
  readonly concurrency: number;
  readonly metricsAddress: string;
  readonly signal: AbortSignal;
}

/** Environment of the worker whose memory is sampled. */
export function watchedWorkerEnv(metricsAddress: string): Environment {
  const hook = path.join(__dirname, 'collect-garbage.cjs');
  return {
    METRICS_ADDRESS: metricsAddress,
    NODE_OPTIONS: `--expose-gc --require ${JSON.stringify(hook)}`,
  };
}

/** The worker's memory with a few runs asleep in a provider's window, and with so many more. */
export async function measureMemory(bench: BenchStack, options: MemoryOptions): Promise<MemoryFigures> {
  const { asleep } = options;
  await putToSleep(bench, WARM_UP, options);
  const before = await sampleMemory(bench, options);
  await putToSleep(bench, asleep, options);
  const after = await sampleMemory(bench, options);
  const kept = after.cachedRuns - before.cachedRuns;
  if (kept !== asleep)
    throw new Error(`expected ${asleep} more runs in the worker's cache, there are ${kept}`);
  return memoryFigures(before, after);
}

async function putToSleep(bench: BenchStack, count: number, { concurrency, signal }: MemoryOptions) {
  const { apiUrl: url, apiKey } = bench.stack;
  const api = httpApi({ url, apiKey, concurrency });
  const others = await countAsleep(bench);
  try {
    // The first call of each is answered 429, with a window of hours.
    const ids = await bench.newConnections(count, { scenario: 'mx_window' });
    await runConcurrently(ids, concurrency, api.startOne, signal);
  } finally {
    await api.close();
  }
  const deadlineMs = Date.now() + ASLEEP_WITHIN_MS;
  while ((await countAsleep(bench)) < others + count) {
    if (Date.now() > deadlineMs) throw new Error(`not all ${count} runs were asleep in time`);
    await pause(COUNT_AGAIN_MS, undefined, { signal });
  }
}

async function countAsleep({ refreshes }: BenchStack): Promise<number> {
  let count = 0;
  for await (const { progress } of refreshes.list({ state: 'running' }))
    if (progress?.phase === 'waiting_for_window') count += 1;
  return count;
}

/** Garbage is no part of it: runs that have ended leave as much, and V8 is in no hurry on an idle worker. */
async function sampleMemory(
  { stack }: BenchStack,
  { metricsAddress, signal }: MemoryOptions,
): Promise<MemorySample> {
  await pause(QUIET_MS, undefined, { signal });
  stack.worker.send('SIGUSR2');
  await pause(QUIET_MS, undefined, { signal });
  const [rssBytes, cachedRuns] = await Promise.all([
    residentBytes(stack.worker.pid),
    readCacheSize(metricsAddress),
  ]);
  return { rssBytes, heapBytes: heapBytes(stack.worker.logFile), cachedRuns };
}

/** What each thread said last. */
function heapBytes(logFile: string): number {
  const samples = [...readFileSync(logFile, 'utf8').matchAll(/^collected (\{.*\})$/gm)].map(([, json]) =>
    heap.parse(JSON.parse(json!)),
  );
  const byThread = new Map(samples.map(({ threadId, usedBytes }) => [threadId, usedBytes]));
  if (byThread.size < 2) throw new Error('expected the main thread and the one of the workflows to answer');
  return [...byThread.values()].reduce((total, bytes) => total + bytes, 0);
}

/** By `ps`, which says kB on Linux and macOS alike. */
async function residentBytes(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout.trim()) * 1_024;
}

async function readCacheSize(metricsAddress: string): Promise<number> {
  const answer = await request(`http://${metricsAddress}/metrics`);
  const [, size] = /^temporal_sticky_cache_size\{.*\} (\d+)$/m.exec(await answer.body.text()) ?? [];
  if (size === undefined) throw new Error('the metrics of the worker lack temporal_sticky_cache_size');
  return Number(size);
}
