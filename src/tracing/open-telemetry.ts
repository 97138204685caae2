import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  NodeTracerProvider,
  RandomIdGenerator,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { Logger } from 'pino';
import { withTimeout } from '../lib/with-timeout';
import { traceActivities } from './activity-spans';
import { traceCalls } from './client-spans';
import { traceRequests } from './http-spans';
import type { Tracing, TracingOptions } from './start-tracing';

/** 5 s: what is left of a stop that waits for charged calls first. */
const FLUSH_WITHIN_MS = 5_000;

export interface OpenTelemetryOptions extends Omit<TracingOptions, 'settings'> {
  readonly settings: NonNullable<TracingOptions['settings']>;
  /** Default: as the settings say. */
  readonly processor?: SpanProcessor;
}

/** The SDK reads the other `OTEL_*` variables itself: sampler, limits, batches, the exporter's address and headers. */
export function openTelemetry({ settings, serviceName, logger, processor }: OpenTelemetryOptions): Tracing {
  diag.setLogger(toDiagLogger(logger), DiagLogLevel.WARN);
  const ids = new RandomIdGenerator();
  let nextTraceId: string | null = null;
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': serviceName }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [
      processor ??
        (settings.exporter === 'console'
          ? new SimpleSpanProcessor(new ConsoleSpanExporter())
          : new BatchSpanProcessor(new OTLPTraceExporter())),
    ],
    idGenerator: {
      generateTraceId: () => nextTraceId ?? ids.generateTraceId(),
      generateSpanId: () => ids.generateSpanId(),
    },
  });
  provider.register();
  const tracer = trace.getTracer('meld-refresh');
  return {
    traceRequests: (app) => traceRequests(app, tracer),
    clientInterceptor: traceCalls(tracer),
    activityInterceptors: traceActivities((traceId, name, options) => {
      // The root of a trace with a chosen id is sampled like any other; a made-up remote parent would decide instead.
      nextTraceId = traceId;
      try {
        return tracer.startSpan(name, { ...options, root: true });
      } finally {
        nextTraceId = null;
      }
    }),
    close: async () => {
      const flushed = provider.shutdown().catch((error: unknown) => logger.warn({ error }, 'spans not sent'));
      await withTimeout(FLUSH_WITHIN_MS, flushed, () => logger.warn('spans not sent in time'));
    },
  };
}

function toDiagLogger(logger: Logger) {
  const log = (level: 'error' | 'warn') => (message: string) => logger[level]({ event: 'tracing', message });
  const ignore = () => undefined;
  return { error: log('error'), warn: log('warn'), info: ignore, debug: ignore, verbose: ignore };
}
