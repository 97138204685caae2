import { AsyncLocalStorage } from 'node:async_hooks';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { RefreshClient } from '../src/client';
import type { Environment } from '../src/dev/stack/child-environment';
import { freePort } from '../src/dev/free-port';
import { answersOk, workerPolls } from '../src/dev/stack/readiness';
import { createConnections } from '../src/dev/stack/simulator-controls';
import { type SimulatedStack, startStack } from '../src/dev/stack/start-stack';
import type { StackProcess } from '../src/dev/stack/stack-process';
import type { ConnectionSpec } from '../src/simulator/state/connection-spec';
import { servedTaskQueues } from '../src/temporal/task-queues';
import { DEFAULT_TASK_QUEUE } from '../src/workflows/messages';
import { FLOOR_TASK_QUEUE } from './floor/names';
import { startOwn } from './processes';

export type Kind = 'floor' | 'product';

/** The whole product and, on the same Temporal, the floor: each with a Meld of its own, so that neither gets the other's webhooks. */
export interface BenchStack {
  readonly stack: SimulatedStack;
  readonly temporal: Client;
  readonly refreshes: RefreshClient;
  readonly bundles: Readonly<Record<Kind, string>>;
  /** Of the simulated Melds. */
  readonly urls: Readonly<Record<Kind, string>>;
  readonly floor: Readonly<Record<'simulator' | 'worker' | 'receiver', StackProcess>>;
  /** How many gRPC requests that took of the caller's connection, whatever else goes on. */
  grpcRequestsOf(ask: () => Promise<unknown>): Promise<number>;
  /** Connections that nobody has refreshed yet; their ids. */
  newConnections(
    kind: Kind,
    count: number,
    spec?: Omit<ConnectionSpec, 'id' | 'count'>,
  ): Promise<readonly string[]>;
  /** A worker beside the others, which must not run then. `cache` is its `maxCachedWorkflows`. */
  startWorker(kind: Kind, cache: number, env: Environment): Promise<StackProcess>;
  close(): Promise<void>;
}

export interface BenchStackOptions {
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Beyond every benchmark. */
const API_RATE_LIMIT = '1000000000';

export async function openBenchStack({ folder, signal }: BenchStackOptions): Promise<BenchStack> {
  const stack = await startStack({
    folder,
    signal,
    env: { server: { API_RATE_LIMIT } },
  });
  const started: StackProcess[] = [];
  const closeAll = async () => {
    for (const process of started.reverse()) await process.stop();
    await stack.stop();
  };
  try {
    const { temporalAddress: address, namespace, taskQueue, secrets } = stack;
    const counter = new AsyncLocalStorage<{ requests: number }>();
    const connection = await Connection.connect({
      address,
      interceptors: [
        makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
        (options, next) => {
          const counted = counter.getStore();
          if (counted) counted.requests += 1;
          // Typed as the class of a package that is not ours to import.
          return next(options) as never;
        },
      ],
    });
    const temporal = new Client({ connection, namespace });
    const bundles = {
      product: path.join(__dirname, '../dist/workflow-bundle.js'),
      floor: path.join(folder, 'floor-bundle.js'),
    };
    const { code } = await bundleWorkflowCode({
      workflowsPath: path.join(__dirname, 'floor/workflow.ts'),
      logger: new DefaultLogger('WARN'),
    });
    writeFileSync(bundles.floor, code);

    const [simulatorPort, receiverPort] = [await freePort(), await freePort()];
    const urls = {
      floor: `http://127.0.0.1:${simulatorPort}`,
      product: stack.simulatorUrl,
    };
    const meldOf = (kind: Kind): Environment => ({
      MELD_API_KEY: secrets.meldApiKey,
      MELD_BASE_URL: urls[kind],
      TEMPORAL_ADDRESS: address,
    });
    const start = async (own: Omit<Parameters<typeof startOwn>[0], 'folder' | 'signal'>) => {
      const process = await startOwn({ ...own, folder, signal });
      started.push(process);
      return process;
    };
    const startWorker: BenchStack['startWorker'] = (kind, cache, env) =>
      start({
        name: 'worker',
        main: 'bench/worker.ts',
        args: [kind, bundles[kind], String(cache)],
        env: { ...meldOf(kind), ...env },
        isReady: (pid) =>
          workerPolls({
            connection,
            namespace,
            pid,
            // The floor has no queue of its own for calls.
            queues:
              kind === 'floor'
                ? servedTaskQueues(FLOOR_TASK_QUEUE).slice(0, 1)
                : servedTaskQueues(DEFAULT_TASK_QUEUE),
          }),
      });
    const webhooks = {
      MELD_WEBHOOK_SECRETS: secrets.webhookSecret,
      MELD_WEBHOOK_URL: `http://127.0.0.1:${receiverPort}/`,
    };
    const floor = {
      simulator: await start({
        name: 'simulator',
        main: 'dist/simulator/main.js',
        env: { ...meldOf('floor'), ...webhooks, HOST: '127.0.0.1', PORT: String(simulatorPort) },
        isReady: () => answersOk(`${urls.floor}/_control/health`),
      }),
      receiver: await start({
        name: 'server',
        main: 'bench/floor/receiver.ts',
        env: { ...meldOf('floor'), ...webhooks, PORT: String(receiverPort) },
        isReady: () => answersSomething(receiverPort),
      }),
      worker: await startWorker('floor', 2_000, {}),
    };
    const refreshes = new RefreshClient({ client: temporal, taskQueue });
    let created = 0;
    return {
      stack,
      temporal,
      refreshes,
      bundles,
      urls,
      floor,
      startWorker,
      async grpcRequestsOf(ask) {
        const counted = { requests: 0 };
        await counter.run(counted, ask);
        return counted.requests;
      },
      async newConnections(kind, count, spec = {}) {
        const ids = Array.from({ length: count }, () => `bench-${(created += 1)}`);
        await createConnections(
          urls[kind],
          ids.map((id) => ({ ...spec, id })),
        );
        return ids;
      },
      async close() {
        await refreshes.drained();
        await connection.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Any answer over HTTP at all. */
export async function answersSomething(port: number): Promise<boolean> {
  await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
  return true;
}
