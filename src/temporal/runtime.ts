import { Runtime, type LogLevel, type Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from 'pino';
import { DURATION_BUCKETS_SECONDS, WORKER_METRICS } from '../refresh/model/metrics';
import { SetupError } from './setup-error';

interface RuntimeSettings {
  readonly logger: Logger;
  /** `host:port` to serve Prometheus metrics at; left out: none. */
  readonly metricsAddress?: string | null;
}

/**
 * Sets up the SDK's runtime of this process, before any worker or native connection: its log, the workflows' and the
 * activities' included, goes where ours goes. Signals are left to the entry point.
 * @throws SetupError when `metricsAddress` cannot be listened on.
 */
export function installRuntime({ logger, metricsAddress = null }: RuntimeSettings): Runtime {
  try {
    return Runtime.install({
      logger: toTemporalLogger(logger),
      shutdownSignals: [],
      telemetryOptions: {
        logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
        ...(metricsAddress !== null && {
          metrics: { prometheus: { bindAddress: metricsAddress, histogramBucketOverrides: BUCKETS } },
        }),
      },
    });
  } catch (error) {
    if (metricsAddress === null) throw error;
    throw new SetupError(
      `METRICS_ADDRESS: the worker cannot listen on ${metricsAddress}: ${String(error)}. Name an address of this ` +
        'machine and a free port, or leave it out.',
      { cause: error },
    );
  }
}

/** Without them a histogram would have the SDK's, which are milliseconds. */
const BUCKETS = Object.fromEntries(
  Object.values(WORKER_METRICS)
    .filter(({ type }) => type === 'histogram')
    .map(({ name }) => [name, DURATION_BUCKETS_SECONDS]),
);

/** What the SDK warns of and what is meant here, by its exact words: told for debugging only. */
const EXPECTED: ReadonlySet<string> = new Set([
  // The worker of the charged calls serves no workflows.
  'No workflows registered, not polling for workflow tasks',
  // Evidence has ended the run before the answer to its call came.
  'Activity not found on completion. This may happen if the activity has already been cancelled but completed anyway.',
]);

export function toTemporalLogger(logger: Logger): TemporalLogger {
  const at = (level: Lowercase<LogLevel>) => (message: string, meta?: object) => {
    logger[level === 'warn' && EXPECTED.has(message) ? 'debug' : level](meta ?? {}, message);
  };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    log: (level, message, meta) => at(level.toLowerCase() as Lowercase<LogLevel>)(message, meta),
  };
}
