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
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { withTimeout } from '../lib/with-timeout';
import { traceActivities } from './activity-spans';
import { traceCalls } from './client-spans';
import { traceRequests } from './http-spans';
import type { TracingOptions } from './start-tracing';

/** 2 s: a collector takes spans in milliseconds, and one that is gone must not hold up a stop. */
const FLUSH_WITHIN_MS = 2_000;

type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0];

// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- SUCCESS: the enum is in @opentelemetry/core, which is no dependency of ours
const SENT: ExportResult = { code: 0 };

interface OpenTelemetryOptions extends Omit<TracingOptions, 'settings'> {
  readonly settings: NonNullable<TracingOptions['settings']>;
  /** Default: as the settings say. */
  readonly processor?: SpanProcessor;
}

/** The SDK reads the other `OTEL_*` variables itself: sampler, limits, batches, the exporter's address and headers. */
export function openTelemetry({ settings, serviceName, logger, processor }: OpenTelemetryOptions) {
  diag.setLogger(toDiagLogger(logger), DiagLogLevel.WARN);
  const ids = new RandomIdGenerator();
  let nextTraceId: string | null = null;
  const unsent = warnOnce(settings.exporter === 'otlp' ? settings.endpoint : 'console', logger);
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': serviceName }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [
      processor ??
        (settings.exporter === 'console'
          ? new SimpleSpanProcessor(new ConsoleSpanExporter())
          : new BatchSpanProcessor(reporting(new OTLPTraceExporter(), unsent))),
    ],
    idGenerator: {
      generateTraceId: () => nextTraceId ?? ids.generateTraceId(),
      generateSpanId: () => ids.generateSpanId(),
    },
  });
  provider.register();
  const tracer = trace.getTracer('meld-refresh');
  return {
    /** A span for each request of a server, in the trace that its `traceparent` names. Before the routes. */
    traceRequests: (app: FastifyInstance) => traceRequests(app, tracer),
    /** A span for each call to Temporal, inside the one of the request. */
    clientInterceptor: traceCalls(tracer),
    /** A span for each attempt of an activity; all of one run are one trace. */
    activityInterceptors: traceActivities((traceId, name, options) => {
      // The root of a trace with a chosen id is sampled like any other; a made-up remote parent would decide instead.
      nextTraceId = traceId;
      try {
        return tracer.startSpan(name, { ...options, root: true });
      } finally {
        nextTraceId = null;
      }
    }),
    /** Sends what was not sent yet; bounded. Never throws. */
    close: async () => {
      const flushed = provider.shutdown().catch(unsent.tell);
      await withTimeout(FLUSH_WITHIN_MS, flushed, () => unsent.tell(new Error('no answer in time')));
    },
  };
}

type Unsent = ReturnType<typeof warnOnce>;

/** Warns of the first of spans that cannot be sent, until some were. */
function warnOnce(endpoint: string, logger: Logger) {
  let told = false;
  return {
    tell: (error: unknown) => {
      if (!told) logger.warn({ event: 'tracing', endpoint, error }, 'spans cannot be sent');
      told = true;
    },
    over: () => void (told = false),
  };
}

/** The exporter, whose failures go to `unsent` alone: the processor would log the stack of each. */
function reporting(exporter: SpanExporter, unsent: Unsent): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, ({ code, error }) => {
        if (code === SENT.code) unsent.over();
        else unsent.tell(error);
        done(SENT);
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}

function toDiagLogger(logger: Logger) {
  const log = (level: 'error' | 'warn') => (message: string) => logger[level]({ event: 'tracing', message });
  const ignore = () => undefined;
  return { error: log('error'), warn: log('warn'), info: ignore, debug: ignore, verbose: ignore };
}
