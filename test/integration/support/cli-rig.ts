import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createWorkers } from '../../../src/temporal/refresh-workers';
import { createActivities } from '../../../src/activities/create-activities';
import type { CliIo } from '../../../src/cli/cli-context';
import { runCli } from '../../../src/cli/run-cli';
import { RefreshClient } from '../../../src/client';
import { makeMeldClient } from '../../../src/meld/meld-client';
import type { RefreshPolicyInput } from '../../../src/refresh/model/policy';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator';
import { startDevServer } from '../../../src/dev/temporal-server/dev-server';
import { workflowBundle } from '../../support/workflow-bundle';

/** Seconds where the real policy has minutes and hours. */
const QUICK: RefreshPolicyInput = {
  settle: '0s',
  completionWait: '2s',
  poll: { first: '300ms', factor: 2, maximum: '1s' },
  unknownAnswerWait: '10s',
  serverErrorBackoff: { initial: '100ms', factor: 2, maximum: '200ms' },
  rateLimitFloor: '100ms',
  giveUpAfter: '1h',
};

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** Interrupts once so many lines are on standard output. */
  readonly interruptAfterLines?: number;
}

/** A dev server, a worker and a simulated Meld, and the command line with an environment that points there. */
export interface CliRig {
  readonly simulator: Simulator;
  readonly refreshes: RefreshClient;
  readonly env: NodeJS.ProcessEnv;
  readonly run: (args: readonly string[], settings?: RunSettings) => Promise<Ran>;
  /** Serves another task queue, at that rate; resolves with a client of it. */
  readonly serve: (taskQueue: string, callsPerSecond: number) => Promise<RefreshClient>;
  readonly close: () => Promise<void>;
}

export async function startCliRig(): Promise<CliRig> {
  // The escalations of these tests are meant.
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  const [server, simulator] = await Promise.all([
    startDevServer({ ui: 'off', logLevel: 'error' }),
    startSimulator(),
  ]);
  const { address } = server;
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const meld = makeMeldClient({ baseUrl: simulator.url, apiKey: simulator.apiKey });
  const stops: (() => Promise<void>)[] = [];
  const serve = async (taskQueue: string, callsPerSecond: number | null = null): Promise<RefreshClient> => {
    const workers = await createWorkers(
      {
        connection: native,
        taskQueue,
        workflowBundle: await workflowBundle(),
        activities: createActivities({ meld }),
      },
      callsPerSecond,
    );
    const stopped = workers.run();
    stops.push(() => {
      workers.shutdown();
      return stopped;
    });
    return new RefreshClient({ client: new Client({ connection }), policy: QUICK, taskQueue });
  };
  const refreshes = await serve('meld-refresh');
  const env = {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_CONFIG_FILE: path.join(__dirname, 'no-such-profile.toml'),
    MELD_API_KEY: simulator.apiKey,
    MELD_BASE_URL: simulator.url,
    REFRESH_POLICY: JSON.stringify(QUICK),
  };
  return {
    simulator,
    env,
    refreshes,
    serve,
    run: (args, settings = {}) => run(args, { ...settings, env: { ...env, ...settings.env } }),
    close: async () => {
      await Promise.all(stops.map((stop) => stop()));
      await meld.close();
      await connection.close();
      await native.close();
      await simulator.close();
      await server.stop();
    },
  };
}

async function run(
  args: readonly string[],
  { env = {}, stdin = '', interruptAfterLines = Infinity }: RunSettings,
): Promise<Ran> {
  const interruption = new AbortController();
  let stdout = '';
  let lines = 0;
  let stderr = '';
  const io: CliIo = {
    env,
    stdin: (async function* () {
      yield stdin;
    })(),
    stdout: {
      write: (text) => {
        stdout += text;
        lines += 1;
        if (lines >= interruptAfterLines) interruption.abort();
      },
    },
    stderr: { write: (text) => void (stderr += text) },
    now: Date.now,
    onInterrupt: () => interruption.signal,
  };
  const code = await runCli(args, io);
  return { code, stdout, stderr };
}
