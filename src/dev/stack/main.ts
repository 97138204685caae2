// First: says what to install where optional dependencies were left out.
import '../require-stack-packages';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { loadConfig, loadWorkerConfig } from '../../config';
import { VARIABLES } from '../../config/variables';
import { SCENARIO_NAMES } from '../../simulator/scenarios/scenarios';
import { SetupError } from '../../temporal/setup-error';
import { runMain } from '../../lib/run-main';
import { shutdownSignal } from '../../lib/shutdown-signal';
import type { Environment } from './child-environment';
import { PREFERRED_PORTS, findPreferredPorts } from './ports';
import { renderBanner, type BannerOptions } from './banner';
import { lockFolder } from './lock-folder';
import { createConnections } from './simulator-controls';
import type { StackOptions } from './stack-options';
import { startMeldStack, startStack, type Stack } from './start-stack';

/** Kept between starts. */
const FOLDER = '.meld-refresh';

/** What the environment may set for worker and server; Temporal and the ports are the stack's own. */
const PASSED_ON = [
  'REFRESH_POLICY',
  'API_RATE_LIMIT',
  'MELD_CALLS_PER_SECOND',
  'MELD_READS_PER_SECOND',
  'OUTCOME_WEBHOOK_URL',
  'OUTCOME_WEBHOOK_SECRET',
  'PAYLOAD_KEYS',
  'CODEC_CORS_ORIGIN',
];
const OF_MELD = Object.keys(VARIABLES).filter((name) => name.startsWith('MELD_'));

async function main(): Promise<number> {
  const stopped = new AbortController();
  const stopping = shutdownSignal().then(() => stopped.abort());
  const config = process.env['MELD_API_KEY'] ? loadWorkerConfig() : loadConfig();
  const real = config.meld !== null;

  // What was asked of one Meld must never wake up at another.
  const folder = path.resolve(
    FOLDER,
    config.meld === null ? 'simulated' : new URL(config.meld.baseUrl).host.replace(':', '_'),
  );
  mkdirSync(folder, { recursive: true });
  const release = await lockFolder(folder);
  const { ports, taken } = await findPreferredPorts({
    ...PREFERRED_PORTS,
    ...(process.env['PORT'] && { api: config.server.port }),
  });
  const passedOn = pick(process.env, PASSED_ON);
  const options: StackOptions = {
    folder,
    ports,
    logLevel: config.logLevel,
    apiKeys: config.server.apiKeys,
    env: { worker: passedOn, server: passedOn },
    signal: stopped.signal,
  };

  process.stdout.write(`Starting Temporal, ${real ? '' : 'a simulated Meld, '}the worker and the API …\n\n`);
  const started = real ? await startForMeld(options) : await startSimulated(options);
  const { stack } = started;
  try {
    process.stdout.write(
      `${renderBanner({ ...started, taken: taken.filter((name) => !real || name !== 'simulator') })}\n`,
    );
    const ended = stack.processes.map(async (part) => {
      const how = await part.exited();
      if (!stopped.signal.aborted) throw new SetupError(`The ${part.name} ${how}; its log: ${part.logFile}`);
    });
    await Promise.race([stopping, ...ended]);
    process.stdout.write('\nStopping …\n');
    return 0;
  } finally {
    await stack.stop();
    release();
  }
}

type Started = Omit<BannerOptions, 'taken'> & { readonly stack: Stack };

async function startSimulated(options: StackOptions): Promise<Started> {
  const stack = await startStack(options);
  const connectionIds = SCENARIO_NAMES;
  await createConnections(
    stack.simulatorUrl,
    connectionIds.map((scenario) => ({ id: scenario, scenario })),
  );
  return {
    stack,
    meld: { simulatorUrl: stack.simulatorUrl, apiKey: stack.secrets.meldApiKey },
    connectionIds,
  };
}

async function startForMeld(options: StackOptions): Promise<Started> {
  const meld = pick(process.env, OF_MELD);
  const stack = await startMeldStack({ ...options, meld });
  const name = meld['MELD_ENVIRONMENT'] ?? meld['MELD_BASE_URL'] ?? '';
  return { stack, meld: { name, webhooks: 'MELD_WEBHOOK_SECRETS' in meld }, connectionIds: [] };
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): Environment {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

runMain(main);
