import { setMaxListeners } from 'node:events';
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
import { RefreshClient, ResultNotReadyError, type RequestPriority } from '../src/client';
import { refreshWorkflowId } from '../src/refresh/model/connection-id';
import { cpuMs } from './processes';
import { waitsOf, type Waits } from './waits';
import { createConnections, readLedger } from '../src/dev/stack/simulator-controls';
import { type SimulatedStack, startStack } from '../src/dev/stack/start-stack';
import { servedTaskQueues } from '../src/temporal/task-queues';
import { quantile } from './statistics';

// How long an interactive refresh takes alone, while a bulk waits for the rate limit of the charged calls, while one is started as
// fast as it goes (then the processor is what is short, which no priority shares out), and while as many interactive ones wait. A stack of its own each: what is left of a bulk is not waited for.

const USAGE = 'npm run bench:priority -- [--bulk 2000] [--interactive 40] [--calls-per-second 5]';
/** Starts of the bulk at once, as the command line has it. */
const CONCURRENCY = 20;
/** One interactive request a second, however long the ones before it take. */
const EVERY_MS = 1_000;
/** 98 %: the size of a backlog is an estimate. */
const ALL = 0.98;
const ASK_AGAIN_MS = 1_000;
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

/** What goes on meanwhile: nothing; or as many refreshes of that priority that are being started, or wait for their calls. */
interface Load {
  readonly priority: RequestPriority | null;
  readonly when: 'starts' | 'waits';
}

/** One interactive refresh. */
interface Sample {
  /** `Infinity` when it lasted longer than the patience. */
  readonly latencyMs: number;
  readonly waits: Waits;
}

async function measure(
  name: string,
  { priority, when }: Load,
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
  const over = new AbortController();
  try {
    for (const id of await newConnections('warm-up', WARM_UP)) await timed(refreshes, client, id, signal);
    const ids = priority === null ? [] : await newConnections('bulk', bulk);
    let started = 0;
    const starting = mapConcurrent(ids, CONCURRENCY, async (connectionId) => {
      if (over.signal.aborted) return;
      await refreshes.refresh({ connectionId, ...(priority !== null && { priority }) });
      started += 1;
    });
    if (when === 'waits') {
      await starting;
      await untilAllWait(client, stack, ids.length, signal);
    }
    const samples: Promise<Sample>[] = [];
    const busyMs = () => stack.processes.map(({ name, pid }) => [name, cpuMs(pid)] as const);
    const [beganMs, before] = [performance.now(), new Map(busyMs())];
    for (const id of await newConnections('interactive', interactive)) {
      samples.push(timed(refreshes, client, id, signal));
      await pause(EVERY_MS, undefined, { signal });
    }
    const tookMs = performance.now() - beganMs;
    const busy = busyMs().map(([name, ms]) => `${name} ${percent((ms - before.get(name)!) / tookMs)}`);
    const measured = await Promise.all(samples);
    over.abort();
    await starting;
    process.stdout.write(`${name}: ${started} of it started; of one core: ${busy.join(', ')}\n`);
    return measured;
  } finally {
    await refreshes.drained();
    await connection.close();
    await stack.stop();
  }
}

/** Resolves once the bulk has been read: its calls wait, but for those that have been made meanwhile. */
async function untilAllWait(
  { workflowService }: Client,
  { namespace, taskQueue, simulatorUrl }: SimulatedStack,
  bulk: number,
  signal: AbortSignal,
): Promise<void> {
  const [, calls] = servedTaskQueues(taskQueue);
  for (let waiting = 0; waiting < bulk * ALL;) {
    await pause(ASK_AGAIN_MS, undefined, { signal });
    const { stats } = await workflowService.describeTaskQueue({ namespace, ...calls, reportStats: true });
    const made = (await readLedger(simulatorUrl)).filter(
      ({ connectionId }) => !connectionId.startsWith('warm-up'),
    );
    waiting = Number(stats?.approximateBacklogCount ?? 0) + made.length;
  }
}

async function timed(
  refreshes: RefreshClient,
  client: Client,
  connectionId: string,
  signal: AbortSignal,
): Promise<Sample> {
  const askedAtMs = Date.now();
  const handle = await refreshes.refresh({ connectionId });
  const latencyMs = await handle.result({ timeoutMs: PATIENCE_MS, signal }).then(
    () => Date.now() - askedAtMs,
    (error: unknown) => {
      if (error instanceof ResultNotReadyError && !signal.aborted) return Infinity;
      throw error;
    },
  );
  return { latencyMs, waits: await waitsOf(client, refreshWorkflowId(connectionId), askedAtMs, Date.now()) };
}

const KINDS = [
  ['start', 'until the run was there'],
  ['workflowTasks', 'workflow tasks waiting'],
  ['reads', 'reads waiting'],
  ['calls', 'charged calls waiting'],
  ['inWorker', 'tasks in the worker'],
  ['told', 'from the end until it was told'],
] as const;

async function main(): Promise<number> {
  const flags = readFlags();
  const stopped = new AbortController();
  void shutdownSignal().then(() => stopped.abort());
  const { signal } = linkSignals([stopped.signal], WITHIN_MS);
  // One for each refresh that is waited for.
  setMaxListeners(0, signal);
  const folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-bench-'));
  const phases: readonly (readonly [string, Load])[] = [
    ['alone', { priority: null, when: 'waits' }],
    ['while a bulk waits for its calls', { priority: 'bulk', when: 'waits' }],
    ['while a bulk is started', { priority: 'bulk', when: 'starts' }],
    ['while as many without priority wait', { priority: 'interactive', when: 'waits' }],
  ];
  try {
    const { bulk, callsPerSecond } = flags;
    process.stdout.write(`${bulk} refreshes in bulk, ${callsPerSecond} charged calls a second\n`);
    let aloneMs = NaN;
    for (const [name, load] of phases) {
      const samples = await measure(name, load, { ...flags, folder, signal });
      const latenciesMs = samples.map(({ latencyMs }) => latencyMs);
      const p95Ms = quantile(latenciesMs, 0.95);
      if (load.priority === null) aloneMs = p95Ms;
      const times = Number.isFinite(p95Ms)
        ? (p95Ms / aloneMs).toFixed(1)
        : `more than ${Math.floor(PATIENCE_MS / aloneMs)}`;
      process.stdout.write(
        `interactive ${name}: p50 ${inWords(quantile(latenciesMs, 0.5))}, p95 ${inWords(p95Ms)}, ${times} times alone\n`,
      );
      const p95s = KINDS.map(([kind, inFull]) => {
        const p95 = quantile(
          samples.map(({ waits }) => waits[kind]),
          0.95,
        );
        return `${inFull} ${inWords(p95)}`;
      });
      process.stdout.write(`  p95 of its parts: ${p95s.join(', ')}\n`);
    }
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const inWords = (ms: number): string =>
  Number.isFinite(ms) ? `${Math.round(ms)} ms` : `more than ${PATIENCE_MS / 1_000} s`;

runMain(main);
