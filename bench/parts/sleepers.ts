import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod';
import type { RefreshClient } from '../../src/client';
import type { StackProcess } from '../../src/dev/stack/stack-process';
import { freePort } from '../../src/dev/free-port';
import { mapConcurrent } from '../../src/lib/map-concurrent';
import { FLOOR_TASK_QUEUE, FLOOR_WORKFLOW, floorWorkflowId } from '../floor/names';
import type { Part, Table } from '../part';
import { cpuMs, residentBytes } from '../processes';
import type { BenchStack, Kind } from '../stack';
import { estimate, mean, pairedRatio, quantile } from '../statistics';
import { clientWay } from './refreshes';

/** Sizes of the worker's cache, and which share of the sleepers falls asleep there: the second one overflows. */
const CACHES = [
  { cache: 0, share: 1 / 6 },
  { cache: 500, share: 2 / 3 },
  { cache: 2_000, share: 1 / 6 },
];
const WINDOW_MS = 3 * 3_600_000;
const CONCURRENCY = 32;
/** The sleepers of one cache fall asleep in so many steps: each one is a sample of what one more takes. */
const STEPS = 4;
/** These, or half of a few, fall asleep before the first sample: a worker grows with its first runs whatever it keeps of them. */
const WARM_UP = 50;
/** 1.5 s: for the last answers to be worked off, and again for the garbage to be collected. */
const QUIET_MS = 1_500;
const CPU_SAMPLES = 4;
const WAKERS_SHARE = 0.02;
const WAKING_MS = 10_000;
/** 15 s: until then the wakers must have fallen asleep. */
const WAKE_IN_MS = 15_000;
const INTERACTIVE = 100;

const heap = z.object({ threadId: z.number(), usedBytes: z.number() });

/** Refreshes that sleep in a window of hours; each has been read once, and nothing was called. */
export async function putToSleep(
  refreshes: RefreshClient,
  connectionIds: readonly string[],
  notBeforeMs = Date.now() + WINDOW_MS,
): Promise<void> {
  const notBefore = new Date(notBeforeMs).toISOString();
  const handles = await mapConcurrent(connectionIds, CONCURRENCY, (connectionId) =>
    refreshes.refresh({ connectionId, notBefore }),
  );
  await mapConcurrent(handles, CONCURRENCY, async ({ progress }) => {
    while ((await progress()).progress?.phase !== 'waiting_for_window') await pause(100);
  });
}

/** Each worker takes its share of the sleepers: the cache is the only thing that ties them to it. */
export const measureSleepers: Part = async (context) => {
  const bench = await context.stack();
  await bench.stack.worker.stop();
  await bench.floor.worker.stop();
  const memory: Record<string, Table[string]> = {};
  const cachedKb: Partial<Record<Kind, readonly number[]>> = {};
  const temporal: Record<string, Table[string]> = {};
  for (const kind of ['floor', 'product'] as const) {
    const atTemporal: ReturnType<typeof sizesAtTemporal>[] = [sizesAtTemporal(bench)];
    for (const { cache, share } of CACHES) {
      context.say(`${kind}, cache of ${cache}`);
      const { row, worker, oneMoreKb } = await fillWorker(context, bench, kind, {
        cache,
        count: context.settings.asleep * share,
      });
      memory[`${kind}, cache of ${cache}`] = row;
      atTemporal.push(sizesAtTemporal(bench));
      if (cache === CACHES.at(-1)?.cache) cachedKb[kind] = oneMoreKb;
      if (kind === 'product' && cache === CACHES.at(-1)?.cache)
        temporal['waking'] = await measureWaking(context, bench);
      await worker.stop();
    }
    const each = (of: 'rssBytes' | 'dbBytes') =>
      estimate(
        CACHES.map(
          ({ share }, index) =>
            (atTemporal[index + 1]![of] - atTemporal[index]![of]) / (context.settings.asleep * share) / 1_000,
        ),
      );
    temporal[kind] = { 'Temporal memory each, kB': each('rssBytes'), 'database each, kB': each('dbBytes') };
  }
  const { waking, ...sizes } = temporal;
  const ratio = { 'product : floor': pairedRatio(cachedKb.product ?? [], cachedKb.floor ?? []) };
  return {
    worker: memory,
    'memory of a cached run': { [`cache of ${CACHES.at(-1)?.cache}`]: ratio },
    'Temporal, one sleeper': sizes,
    waking: { product: waking! },
  };
};

async function fillWorker(
  { signal }: Parameters<Part>[0],
  bench: BenchStack,
  kind: Kind,
  { cache, count }: { readonly cache: number; readonly count: number },
) {
  const metricsAddress = `127.0.0.1:${await freePort()}`;
  const hook = path.join(__dirname, '../collect-garbage.cjs');
  const worker = await bench.startWorker(kind, cache, {
    METRICS_ADDRESS: metricsAddress,
    NODE_OPTIONS: `--expose-gc --require ${JSON.stringify(hook)}`,
  });
  const fill = async (more: number) => {
    const ids = await bench.newConnections(kind, more);
    await (kind === 'product' ? putToSleep(bench.refreshes, ids) : putFloorToSleep(bench, ids));
    return sample(worker, metricsAddress, signal);
  };
  const warmUp = Math.min(WARM_UP, Math.ceil(count / 2));
  const stepOf = Math.ceil((count - warmUp) / STEPS);
  const samples = [await fill(warmUp)];
  for (let step = 0; step < STEPS; step += 1) samples.push(await fill(stepOf));
  const asleep: number[] = [];
  const cpu: Record<'worker' | 'temporal', number[]> = { worker: [], temporal: [] };
  for (let second = 0; second < CPU_SAMPLES; second += 1) {
    const before = { worker: cpuMs(worker.pid), temporal: cpuMs(bench.stack.temporal.pid) };
    await pause(QUIET_MS, undefined, { signal });
    cpu.worker.push(((cpuMs(worker.pid) - before.worker) / QUIET_MS) * 100);
    cpu.temporal.push(((cpuMs(bench.stack.temporal.pid) - before.temporal) / QUIET_MS) * 100);
    asleep.push(residentBytes(worker.pid) / 1e6);
  }
  const steps = samples.slice(1).map((after, index) => {
    const before = samples[index]!;
    const isCached = after.cached - before.cached >= stepOf / 2;
    return { isCached, kb: (after.heapBytes - before.heapBytes) / stepOf / 1e3 };
  });
  const oneMoreKb = steps.filter(({ isCached }) => isCached).map(({ kb }) => kb);
  const uncachedKb = steps.filter(({ isCached }) => !isCached).map(({ kb }) => kb);
  const row = {
    'cached runs': estimate(samples.slice(-2).map(({ cached }) => cached)),
    'resident, MB': estimate(asleep),
    'heap, MB': estimate(samples.slice(-2).map(({ heapBytes }) => heapBytes / 1e6)),
    ...(oneMoreKb.length > 1 && { 'one more cached, kB': estimate(oneMoreKb) }),
    ...(uncachedKb.length > 1 && { 'one more uncached, kB': estimate(uncachedKb) }),
    'CPU asleep, %': estimate(cpu.worker, mean),
    'CPU Temporal, %': estimate(cpu.temporal, mean),
  };
  return { row, worker, oneMoreKb };
}

async function putFloorToSleep({ temporal }: BenchStack, connectionIds: readonly string[]): Promise<void> {
  const handles = await mapConcurrent(connectionIds, CONCURRENCY, (connectionId) =>
    temporal.workflow.start(FLOOR_WORKFLOW, {
      workflowId: floorWorkflowId(connectionId),
      taskQueue: FLOOR_TASK_QUEUE,
      args: [{ connectionId, sleepMs: WINDOW_MS }],
    }),
  );
  // Started, read, slept: what it has by then.
  await mapConcurrent(handles, CONCURRENCY, async (handle) => {
    while ((await handle.describe()).historyLength < FLOOR_ASLEEP_EVENTS) await pause(100);
  });
}
/** Start, first workflow task, activity, second workflow task, timer. */
const FLOOR_ASLEEP_EVENTS = 11;

/** Garbage is no part of it: V8 is in no hurry on an idle worker. */
async function sample(worker: StackProcess, metricsAddress: string, signal: AbortSignal) {
  await pause(QUIET_MS, undefined, { signal });
  worker.send('SIGUSR2');
  await pause(QUIET_MS, undefined, { signal });
  const answer = await request(`http://${metricsAddress}/metrics`);
  const [, cached = '0'] = /^temporal_sticky_cache_size\{.*\} (\d+)$/m.exec(await answer.body.text()) ?? [];
  // What each thread said last.
  const byThread = new Map(
    [...readFileSync(worker.logFile, 'utf8').matchAll(/^collected (\{.*\})$/gm)].map(([, json]) => {
      const { threadId, usedBytes } = heap.parse(JSON.parse(json!));
      return [threadId, usedBytes];
    }),
  );
  return {
    cached: Number(cached),
    heapBytes: [...byThread.values()].reduce((total, bytes) => total + bytes, 0),
  };
}

function sizesAtTemporal({ stack }: BenchStack) {
  const file = path.join(stack.folder, 'temporal.db');
  const sizes = [file, `${file}-wal`].map((name) => statSync(name, { throwIfNoEntry: false })?.size ?? 0);
  return { rssBytes: residentBytes(stack.temporal.pid), dbBytes: sizes[0]! + sizes[1]! };
}

/** Some wake at instants spread over ten seconds, and are refreshed, while one caller asks for one refresh after the other. */
async function measureWaking({ settings }: Parameters<Part>[0], bench: BenchStack) {
  const { refreshOne } = clientWay(bench);
  const interactive = async (ids: readonly string[], until: () => boolean) => {
    const tookMs: number[] = [];
    for (const id of ids) {
      if (until()) break;
      const beganMs = performance.now();
      await refreshOne(id);
      tookMs.push(performance.now() - beganMs);
    }
    return estimate(tookMs, (values) => quantile(values, 0.99));
  };
  const newOnes = () => bench.newConnections('product', INTERACTIVE * 5, { params: { aggregationMs: 0 } });
  const idleOnes = (await newOnes()).slice(0, INTERACTIVE);
  const before = await interactive(idleOnes, () => false);

  const ids = await bench.newConnections('product', Math.ceil(settings.asleep * WAKERS_SHARE), {
    params: { aggregationMs: 0 },
  });
  const firstMs = Date.now() + WAKE_IN_MS;
  const wakers = await mapConcurrent([...ids.entries()], CONCURRENCY, ([index, connectionId]) => {
    const wakesAtMs = firstMs + (index / ids.length) * WAKING_MS;
    return bench.refreshes.refresh({ connectionId, notBefore: new Date(wakesAtMs).toISOString() });
  });
  let woken = false;
  const lateMs = Promise.all(
    wakers.map(async (handle, index) => {
      await handle.result();
      return Date.now() - (firstMs + (index / ids.length) * WAKING_MS);
    }),
  ).finally(() => (woken = true));
  const meanwhileOnes = await newOnes();
  await pause(Math.max(0, firstMs - Date.now()));
  const meanwhile = await interactive(meanwhileOnes, () => woken);
  const late = await lateMs;
  return {
    'woken to refreshed, p50, ms': estimate(late),
    'the last, ms': estimate(late, (values) => Math.max(...values)),
    'interactive p99 before, ms': before,
    'interactive p99 meanwhile, ms': meanwhile,
  };
}
