import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mapConcurrent } from '../src/lib/map-concurrent';
import { linkSignals } from '../src/lib/link-signals';
import { runMain } from '../src/lib/run-main';
import { shutdownSignal } from '../src/lib/shutdown-signal';
import { Client, Connection } from '@temporalio/client';
import { RefreshClient, ResultNotReadyError } from '../src/client';
import type { RequestPriority } from '../src/client';
import { refreshWorkflowId } from '../src/refresh/model/connection-id';
import { waitsOf } from './waits';
import type { Waits } from './waits';
import { createConnections } from '../src/dev/stack/simulator-controls';
import { startStack } from '../src/dev/stack/start-stack';
import { quantile } from './statistics';

// How long an interactive refresh takes alone, while a bulk waits for the rate limit of the charged calls, and while as many
// interactive ones do. A stack of its own each: what is left of a bulk is not waited for.

const USAGE = 'npm run bench:priority -- [--bulk 2000] [--interactive 40] [--calls-per-second 5]';
/** Starts of the bulk at once, as the command line has it. */
const CONCURRENCY = 20;
/** One interactive request a second, however long the ones before it take. */
const EVERY_MS = 1_000;
/** 10 s: the last of the bulk are read, and all their calls wait. */
const SETTLE_MS = 10_000;
/** A refresh that takes longer has waited behind the bulk: how long makes no difference. */
const PATIENCE_MS = 60_000;
const WITHIN_MS = 30 * 60_000;
const WARM_UP = 5;
/** The transactions event is not waited for: our own time is measured, not Meld's. */
const POLICY = { settle: '0s' } as const;

interface Settings {
  readonly bulk: number;
  readonly interactive: number;
  readonly callsPerSecond: number;
  readonly folder: string;
  readonly signal: AbortSignal;
}

function readFlags(): Pick<Settings, 'bulk' | 'interactive' | 'callsPerSecond'> {
  const { values } = parseArgs({
    options: {
      bulk: { type: 'string', default: '2000' },
      interactive: { type: 'string', default: '40' },
      'calls-per-second': { type: 'string', default: '5' },
    },
  });
  const flags = {
    bulk: Number(values.bulk),
    interactive: Number(values.interactive),
    callsPerSecond: Number(values['calls-per-second']),
  };
  if (Object.values(flags).every((value) => value > 0)) return flags;
  throw new Error(`expected numbers above 0: ${USAGE}`);
}

/** One interactive refresh. */
interface Sample {
  /** `Infinity` when it lasted longer than the patience. */
  readonly latencyMs: number;
  readonly waits: Waits;
}

async function measure(
  name: string,
  priority: RequestPriority | null,
  { bulk, interactive, callsPerSecond, folder, signal }: Settings,
): Promise<readonly Sample[]> {
  const stack = await startStack({
    folder: path.join(folder, name.replaceAll(' ', '-')),
    signal,
    policy: POLICY,
    env: { worker: { MELD_CALLS_PER_SECOND: String(callsPerSecond) } },
  });
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const client = new Client({ connection, namespace: stack.namespace });
  const refreshes = new RefreshClient({ client, taskQueue: stack.taskQueue, policy: POLICY });
  const newConnections = async (kind: string, count: number): Promise<readonly string[]> => {
    const ids = Array.from({ length: count }, (_, n) => `${kind}-${n}`);
    const spec = { scenario: 'healthy', params: { aggregationMs: 0 } } as const;
    await createConnections(
      stack.simulatorUrl,
      ids.map((id) => ({ ...spec, id })),
    );
    return ids;
  };
  try {
    for (const id of await newConnections('warm-up', WARM_UP)) await timed(refreshes, client, id, signal);
    if (priority !== null) {
      const ids = await newConnections('bulk', bulk);
      await mapConcurrent(ids, CONCURRENCY, (connectionId) => refreshes.refresh({ connectionId, priority }));
      await pause(SETTLE_MS, undefined, { signal });
    }
    const samples: Promise<Sample>[] = [];
    for (const id of await newConnections('interactive', interactive)) {
      samples.push(timed(refreshes, client, id, signal));
      await pause(EVERY_MS, undefined, { signal });
    }
    return await Promise.all(samples);
  } finally {
    await refreshes.drained();
    await connection.close();
    await stack.stop();
  }
}

async function timed(
  refreshes: RefreshClient,
  client: Client,
  connectionId: string,
  signal: AbortSignal,
): Promise<Sample> {
  const beganMs = performance.now();
  const handle = await refreshes.refresh({ connectionId });
  const latencyMs = await handle.result({ timeoutMs: PATIENCE_MS, signal }).then(
    () => performance.now() - beganMs,
    (error: unknown) => {
      if (error instanceof ResultNotReadyError && !signal.aborted) return Infinity;
      throw error;
    },
  );
  return { latencyMs, waits: await waitsOf(client, refreshWorkflowId(connectionId)) };
}

async function main(): Promise<number> {
  const flags = readFlags();
  const stopped = new AbortController();
  void shutdownSignal().then(() => stopped.abort());
  const { signal } = linkSignals([stopped.signal], WITHIN_MS);
  const folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-bench-'));
  const phases = [
    ['alone', null],
    ['during a bulk', 'bulk'],
    ['during as many without priority', 'interactive'],
  ] as const;
  try {
    const { bulk, callsPerSecond } = flags;
    process.stdout.write(`${bulk} refreshes in bulk, ${callsPerSecond} charged calls a second\n`);
    let aloneMs = NaN;
    for (const [name, priority] of phases) {
      const samples = await measure(name, priority, { ...flags, folder, signal });
      const latenciesMs = samples.map(({ latencyMs }) => latencyMs);
      const p95Ms = quantile(latenciesMs, 0.95);
      if (priority === null) aloneMs = p95Ms;
      const times = Number.isFinite(p95Ms)
        ? (p95Ms / aloneMs).toFixed(1)
        : `more than ${Math.floor(PATIENCE_MS / aloneMs)}`;
      process.stdout.write(
        `interactive ${name}: p50 ${inWords(quantile(latenciesMs, 0.5))}, p95 ${inWords(p95Ms)}, ${times} times alone\n`,
      );
      const p95Of = (kind: keyof Waits) =>
        inWords(
          quantile(
            samples.map(({ waits }) => waits[kind]),
            0.95,
          ),
        );
      process.stdout.write(
        `  of which p95 from schedule to start: workflow tasks ${p95Of('workflowTasks')}, reads ${p95Of('reads')}, ` +
          `charged calls ${p95Of('calls')}\n`,
      );
    }
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const inWords = (ms: number): string =>
  Number.isFinite(ms) ? `${Math.round(ms)} ms` : `more than ${PATIENCE_MS / 1_000} s`;

runMain(main);
