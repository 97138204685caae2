import { OUTCOMES } from '../refresh/model/outcome';
import type { RefreshPolicyInput } from '../refresh/model/policy';
import { DEFAULT_TASK_QUEUE } from '../workflows/messages';
import { secretsOfKeys } from './payload-keys';
import type { Values } from './variables';

export type MeldSettings = NonNullable<Config['meld']>;
export type WorkerTuning = Config['worker'];

export type TracingSettings =
  | { readonly exporter: 'console' }
  /** `endpoint`: to name in the log; the SDK reads the variables itself. */
  | { readonly exporter: 'otlp'; readonly endpoint: string };

const BASE_URLS = { sandbox: 'https://api-sb.meld.io', production: 'https://api.meld.io' } as const;
export const MELD_TIMEOUT_MS = 20_000;
const PORT = 8080;
/** 600 a minute: a backend that starts ten refreshes a second is either large or looping. */
const API_RATE_LIMIT = 600;

/** A refresh asleep takes some 100 kB: 200 MB for all; one that does not fit is replayed from its short history. */
const MAX_CACHED_WORKFLOWS = 2_000;
/** At a second each that is more than a process carries out: its workflows are some 25 refreshes a second. */
const MAX_ACTIVITIES = 100;
/** As the SDK has it. */
const MAX_POLLERS = 100;

/** What the environment says; Temporal's address, namespace and keys are read by `loadTemporalTarget`. */
export type Config = Readonly<ReturnType<typeof assemble>>;

/** The sections of the configuration, with defaults where nothing was set. Pairs are taken to be whole. */
export function assemble(values: Values, policy: RefreshPolicyInput) {
  const { MELD_API_KEY: apiKey, MELD_ENVIRONMENT: environment } = values;
  const baseUrl = values.MELD_BASE_URL ?? (environment && BASE_URLS[environment]);
  const { MELD_TIMEOUT: timeoutMs = MELD_TIMEOUT_MS } = values;
  const { MELD_WEBHOOK_SECRETS: secrets, MELD_WEBHOOK_URL: url } = values;
  const { TEMPORAL_WORKER_DEPLOYMENT_NAME: name, TEMPORAL_WORKER_BUILD_ID: buildId } = values;
  const { OUTCOME_WEBHOOK_URL: outcomeUrl, OUTCOME_WEBHOOK_SECRET: outcomeSecret } = values;
  const { API_KEYS: apiKeys = [], PAYLOAD_KEYS: payloadKeys = [] } = values;
  return {
    /** `null` when no variable of it is set. The URL has no slash at its end; the time is for one request in all. */
    meld: apiKey && baseUrl ? { apiKey, baseUrl, timeoutMs } : null,
    /** `null`: webhooks are not received, and refreshes find their data by polling. */
    webhooks: secrets && url ? { secrets, url } : null,
    temporal: {
      taskQueue: values.TEMPORAL_TASK_QUEUE ?? DEFAULT_TASK_QUEUE,
      /** `null`: the worker is not versioned. */
      deployment: name && buildId ? { name, buildId } : null,
    },
    worker: {
      /** How many charged calls Temporal hands out, to all workers together; `null`: as many as there are. */
      callsPerSecond: values.MELD_CALLS_PER_SECOND ?? null,
      /** The same of reads. */
      readsPerSecond: values.MELD_READS_PER_SECOND ?? null,
      maxCachedWorkflows: values.WORKER_MAX_CACHED_WORKFLOWS ?? MAX_CACHED_WORKFLOWS,
      /** Reads under way at once in one process, and as many charged calls. */
      maxActivities: values.WORKER_MAX_ACTIVITIES ?? MAX_ACTIVITIES,
      /** Long polls open at Temporal at once, for each kind of task of each task queue; no more than the load needs. */
      maxPollers: values.WORKER_MAX_POLLERS ?? MAX_POLLERS,
    },
    server: {
      host: values.HOST ?? '127.0.0.1',
      port: values.PORT ?? PORT,
      /** Empty only when the server listens on loopback. */
      apiKeys,
      /** Requests a minute per key. */
      apiRateLimit: values.API_RATE_LIMIT ?? API_RATE_LIMIT,
      /** Whose pages may ask the codec endpoint. */
      codecOrigins: values.CODEC_CORS_ORIGIN ?? [],
    },
    /** The first encrypts, all decrypt; empty: payloads are plain. */
    payloadKeys,
    /** Where the worker serves Prometheus metrics; `null`: nowhere. */
    metricsAddress: values.METRICS_ADDRESS ?? null,
    /** Where the worker answers probes; `null`: nowhere. */
    healthAddress: values.HEALTH_ADDRESS ?? null,
    /** Laid over the defaults; travels in each refresh's input. With an outcome webhook, every outcome is delivered. */
    policy: outcomeUrl === undefined ? policy : { deliverOutcomes: OUTCOMES, ...policy },
    outcomeWebhook: outcomeUrl && outcomeSecret ? { url: outcomeUrl, secret: outcomeSecret } : null,
    /** `null`: off. */
    tracing: tracingOf(values),
    logLevel: values.LOG_LEVEL ?? 'info',
    /** Every configured secret, for the logger to mask. */
    secrets: [
      apiKey,
      ...(secrets ?? []),
      ...apiKeys,
      outcomeUrl,
      outcomeSecret,
      ...(values.OTEL_EXPORTER_OTLP_HEADERS ?? []),
      ...secretsOfKeys(payloadKeys),
    ].filter((text) => text !== undefined),
  };
}

/** OpenTelemetry's, "OTLP Exporter Configuration". */
const DEFAULT_OTLP_ENDPOINT = 'http://localhost:4318';

/** Off unless it is asked for, by its exporter or by where to send: spans that nobody takes cost all the same. */
function tracingOf({
  OTEL_EXPORTER_OTLP_ENDPOINT: base,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint = base,
  OTEL_TRACES_EXPORTER: exporter = endpoint === undefined ? 'none' : 'otlp',
  OTEL_SDK_DISABLED: isDisabled = false,
}: Values): TracingSettings | null {
  if (isDisabled || exporter === 'none') return null;
  return exporter === 'console' ? { exporter } : { exporter, endpoint: endpoint ?? DEFAULT_OTLP_ENDPOINT };
}
