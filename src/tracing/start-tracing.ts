import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { TracingSettings } from '../config/assemble';
import { requireOptional } from '../lib/require-optional';
import type * as OpenTelemetry from './open-telemetry';

/** Where a process makes spans. */
export interface Tracing {
  /** A span for each request of a server, in the trace that its `traceparent` names. Before the routes. */
  readonly traceRequests: (app: FastifyInstance) => void;
  /** A span for each call to Temporal, inside the one of the request. */
  readonly clientInterceptor: WorkflowClientInterceptor;
  /** A span for each attempt of an activity; all of one run are one trace. */
  readonly activityInterceptors: ActivityInterceptorsFactory;
  /** Sends what was not sent yet; bounded. Never throws. */
  readonly close: () => Promise<void>;
}

export interface TracingOptions {
  /** `null`: no tracing, and nothing of OpenTelemetry is loaded. */
  readonly settings: TracingSettings | null;
  /** Of this process; `OTEL_SERVICE_NAME` beats it. */
  readonly serviceName: string;
  /** Hears of spans that could not be sent. */
  readonly logger: Logger;
}

/**
 * Makes this process trace; once in its life.
 * @throws MissingDependencyError when the packages of OpenTelemetry are not installed.
 */
export function startTracing({ settings, ...rest }: TracingOptions): Tracing | null {
  if (settings === null) return null;
  requireOptional('Tracing', ['tracing']);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only now; `import()` would want the built file's name, which tests that run the sources do not have
  const { openTelemetry } = require('./open-telemetry') as typeof OpenTelemetry;
  return openTelemetry({ settings, ...rest });
}
