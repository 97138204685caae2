import { REQUIRED_SEARCH_ATTRIBUTES, checkTemporal } from '../../temporal/check-temporal';
import { startReady, type Readiness } from '../child-process';
import { connectClient, type TemporalTarget } from '../../temporal/connect';
import { freePort } from '../free-port';
import { SetupError } from '../../temporal/setup-error';
import { resolveTemporalCli } from './temporal-cli';

interface DevServerOptions extends Partial<Pick<Readiness, 'logFile' | 'startWithinMs' | 'signal'>> {
  /** SQLite file that keeps workflows over a restart; left out: memory. */
  readonly dbFile?: string;
  /** Of the gRPC API; default: a free one. */
  readonly port?: number;
  /** Of the UI; default: a free one. */
  readonly uiPort?: number;
  /** Default `default`. Created when it is not there, with the search attributes. */
  readonly namespace?: string;
  /** Default: with the UI. */
  readonly ui?: 'on' | 'off';
  /** Further arguments of `temporal server start-dev`. */
  readonly extraArgs?: readonly string[];
  /** Default `warn`. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'never';
}

/** A Temporal server that runs beside this process and ends with it. */
export type DevServer = Awaited<ReturnType<typeof startOnce>>;

/** A slow disk included. */
const START_WITHIN_MS = 60_000;
/** What the server says of a taken port; the end of its output may be cut off before the reason. */
const TAKEN = /address already in use|failed listening/;

/** A port that was free may be taken before the server binds it. */
const TRIES = 3;

/**
 * Starts Temporal on 127.0.0.1 and waits until it serves: namespace and search attributes included. It ends with this
 * process at the latest.
 * @throws SetupError when there is no Temporal CLI, or with the end of its output when it does not come up.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const file = await resolveTemporalCli();
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await startOnce(file, options);
    } catch (error) {
      const taken = error instanceof SetupError && TAKEN.test(error.message);
      const ours = options.port === undefined || options.uiPort === undefined;
      if (!taken || !ours || left === 0) throw error;
    }
  }
}

async function startOnce(file: string, options: DevServerOptions) {
  const { namespace = 'default', ui = 'on', startWithinMs = START_WITHIN_MS, logFile, signal } = options;
  const { dbFile, logLevel = 'warn', extraArgs = [] } = options;
  const port = options.port ?? (await freePort());
  const uiPort = ui === 'off' ? null : (options.uiPort ?? (await freePort()));
  const address = `127.0.0.1:${port}`;
  const target = { address, namespace, connectionOptions: { address } };

  const child = await startReady({
    name: 'Temporal dev server',
    isReady: () => serves(target),
    startWithinMs,
    logFile,
    signal,
    file,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--namespace', namespace],
      ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
      ...(dbFile === undefined ? [] : ['--db-filename', dbFile]),
      // Twice the throughput on a file, and the usual trade of an embedded database: the last moments may be lost in a
      // power cut, not in a crash.
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
      // The one shard's queue is polled 20 times a second by default, which costs a bare refresh 120 ms.
      ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=200'],
      // As on other servers, search attributes are read once a minute: else each upsert reads them from the database.
      ...['--dynamic-config-value', 'system.forceSearchAttributesCacheRefreshOnRead=false'],
      // A rate limit and the order of priorities hold within one partition of a task queue.
      ...['--dynamic-config-value', 'matching.numTaskqueueReadPartitions=1'],
      ...['--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1'],
      ...[...REQUIRED_SEARCH_ATTRIBUTES].flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
      ...['--log-level', logLevel, ...extraArgs],
    ],
    env: environmentOf(process.env),
  });
  return {
    ...child,
    address,
    namespace,
    /** `null` without the UI. */
    uiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}`,
    target,
  };
}

async function serves(target: TemporalTarget): Promise<boolean> {
  const connection = await connectClient(target, 1_000);
  try {
    await checkTemporal(connection, target);
    return true;
  } finally {
    await connection.close();
  }
}

/** Another server's address and keys, Meld's key, and the settings of our tracing must not reach this server. */
function environmentOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(TEMPORAL|MELD|OTEL)_/.test(name)));
}
