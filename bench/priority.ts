import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { linkSignals } from '../src/lib/link-signals';
import { runMain } from '../src/lib/run-main';
import { shutdownSignal } from '../src/lib/shutdown-signal';
import { Client, Connection } from '@temporalio/client';
import { RefreshClient } from '../src/client';
import type { RequestPriority } from '../src/client';
import { mapConcurrent } from '../src/lib/map-concurrent';
import { startStack } from '../src/dev/stack/start-stack';
import { createConnections } from '../src/dev/stack/simulator-controls';
import { quantile } from './statistics';

// What a bulk costs the customer who looks on: the time of an interactive refresh alone, while a bulk waits for the rate limit
// of the charged calls, and the same with a bulk that claims to be interactive.

const USAGE = 'bench:priority -- [--bulk 2000] [--interactive 40] [--calls-per-second 20]';
/** Starts of the bulk at once, as the command line has it. */
const CONCURRENCY = 20;
/** 1 s: one interactive request a second, however long the ones before it take. */
const EVERY_MS = 1_000;
const WITHIN_MS = 30 * 60_000;

interface Settings {
  readonly bulk: number;
  readonly interactive: number;
  readonly callsPerSecond: number;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      bulk: { type: 'string', default: '2000' },
      interactive: { type: 'string', default: '40' },
      'calls-per-second': { type: 'string', default: '20' },
    },
  });
  const settings = {
    bulk: Number(values.bulk),
    interactive: Number(values.interactive),
    callsPerSecond: Number(values['calls-per-second']),
  };
  if (Object.values(settings).every((value) => value > 0)) return settings;
  throw new Error(`expected numbers above 0: ${USAGE}`);
}

interface Stack {
  readonly temporal: Client;
  readonly refreshes: RefreshClient;
  newConnections(count: number): Promise<readonly string[]>;
}

/** The latencies of interactive refreshes, one a second, and how many of the bulk were still to come when the last had ended. */
async function measure(
  bench: Stack,
  { bulk, interactive }: Settings,
  priority: RequestPriority | null,
  signal: AbortSignal,
): Promise<{ readonly latenciesMs: readonly number[]; readonly left: number }> {
  const many = await bench.newConnections(priority === null ? 0 : bulk);
  const ones = await bench.newConnections(interactive);
  await mapConcurrent(many, CONCURRENCY, async (connectionId) => {
    signal.throwIfAborted();
    await bench.refreshes.refresh({ connectionId, ...(priority !== null && { priority }) });
  });
  const latenciesMs: number[] = [];
  const begun: Promise<void>[] = [];
  for (const connectionId of ones) {
    begun.push(
      (async () => {
        const beganMs = performance.now();
        const handle = await bench.refreshes.refresh({ connectionId });
        await handle.result({ timeoutMs: WITHIN_MS, signal });
        latenciesMs.push(performance.now() - beganMs);
      })(),
    );
    await pause(EVERY_MS, undefined, { signal });
  }
  await Promise.all(begun);
  const left = await countRunning(bench);
  while ((await countRunning(bench)) > 0) await pause(EVERY_MS, undefined, { signal });
  return { latenciesMs, left };
}

async function countRunning({ temporal }: Stack): Promise<number> {
  return (await temporal.workflow.count("ExecutionStatus = 'Running'")).count;
}

async function main(): Promise<number> {
  const settings = readSettings();
  const stopped = new AbortController();
  void shutdownSignal().then(() => stopped.abort());
  const { signal } = linkSignals([stopped.signal], WITHIN_MS);
  const folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-bench-'));
  const stack = await startStack({
    folder,
    signal,
    // The transactions event is not waited for: our own time is measured, not Meld's.
    policy: { settle: '0s' },
    env: { worker: { MELD_CALLS_PER_SECOND: String(settings.callsPerSecond) } },
  });
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const temporal = new Client({ connection, namespace: stack.namespace });
  let created = 0;
  const bench: Stack = {
    temporal,
    refreshes: new RefreshClient({ client: temporal, taskQueue: stack.taskQueue, policy: { settle: '0s' } }),
    async newConnections(count) {
      const ids = Array.from({ length: count }, () => `bench-${(created += 1)}`);
      if (count > 0)
        await createConnections(
          stack.simulatorUrl,
          ids.map((id) => ({ id, scenario: 'healthy', params: { aggregationMs: 0 } })),
        );
      return ids;
    },
  };
  try {
    const say = (what: string) => void process.stderr.write(`${what} …\n`);
    say('warming up');
    await measure(bench, { ...settings, interactive: 5 }, null, signal);
    const { bulk, callsPerSecond } = settings;
    process.stdout.write(
      `${bulk} refreshes in bulk, ${callsPerSecond} charged calls a second; interactive refreshes:\n`,
    );
    let aloneMs: number | undefined;
    for (const [name, priority] of [
      ['alone', null],
      ['during a bulk', 'bulk'],
      ['during as many without priority', 'interactive'],
    ] as const) {
      say(name);
      const { latenciesMs, left } = await measure(bench, settings, priority, signal);
      const p95Ms = quantile(latenciesMs, 0.95);
      aloneMs ??= p95Ms;
      const figures = `p50 ${Math.round(quantile(latenciesMs, 0.5))} ms, p95 ${Math.round(p95Ms)} ms`;
      process.stdout.write(
        `${name}: ${figures}, ${(p95Ms / aloneMs).toFixed(1)} times alone` +
          `${priority === null ? '' : `; ${left} of the bulk were still to come`}\n`,
      );
    }
    return 0;
  } finally {
    await connection.close();
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

runMain(main);
