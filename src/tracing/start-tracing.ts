import type { Logger } from 'pino';
import type { TracingSettings } from '../config/assemble';
import { requireOptional } from '../lib/require-optional';
import type * as OpenTelemetry from './open-telemetry';

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
export function startTracing({ settings, ...rest }: TracingOptions) {
  if (settings === null) return null;
  requireOptional('Tracing', ['tracing']);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only now; `import()` would want the built file's name, which tests that run the sources do not have
  const { openTelemetry } = require('./open-telemetry') as typeof OpenTelemetry;
  return openTelemetry({ settings, ...rest });
}
