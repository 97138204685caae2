import { ANSWERS, ESCALATIONS, OUTCOMES } from './outcome';
import { PHASES } from './progress';

interface WorkerMetric {
  readonly name: string;
  readonly type: 'counter' | 'histogram';
  readonly help: string;
  /** Every label and all its values: a closed set, since each value is a series. Never an id. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/** Meld's bank linking providers (its glossary); `other` for one that it has added since, `none` before the first read. */
const PROVIDERS = [
  'PLAID',
  'MX',
  'FINICITY',
  'YODLEE',
  'SALTEDGE',
  'SALTEDGE_PARTNERS',
  'AKOYA',
  'other',
  'none',
] as const;

/** Statuses and reasons of Meld that a refresh may end with. */
const CONNECTION_REASONS = [
  'RECONNECT_REQUIRED',
  'LOGIN_REQUIRED',
  'REPAIRING_INSTITUTION',
  'TOKEN_EXPIRED',
  'OTHER',
  'UNRECOVERABLE',
  'CONTINUED_AGGREGATION_FAILURES',
  'IN_PROGRESS',
  'EXPIRED',
  'DELETED',
  'PRODUCT_NOT_AVAILABLE',
] as const;

/** What the worker counts, beside the SDK's own metrics. */
export const WORKER_METRICS = {
  ended: {
    name: 'meld_refresh_ended_total',
    type: 'counter',
    help: 'Refreshes that ended.',
    labels: {
      outcome: [...OUTCOMES, 'canceled'],
      reason: [...ESCALATIONS, ...CONNECTION_REASONS, 'other', 'none'],
      provider: PROVIDERS,
    },
  },
  calls: {
    name: 'meld_refresh_calls_total',
    type: 'counter',
    help: 'Charged calls to Meld, as the ledger has them.',
    labels: { answer: ANSWERS, may_be_charged: ['true', 'false'], provider: PROVIDERS },
  },
  freshAfter: {
    name: 'meld_refresh_fresh_after_seconds',
    type: 'histogram',
    help: 'Time from the request that started a run to its proof of fresh data.',
    labels: { outcome: ['refreshed', 'already_fresh'], provider: PROVIDERS },
  },
  phases: {
    name: 'meld_refresh_phase_seconds',
    type: 'histogram',
    help: 'Time that runs spent in a phase; each stay counts once.',
    labels: { phase: PHASES.filter((phase) => phase !== 'ended') },
  },
  windows: {
    name: 'meld_refresh_windows_total',
    type: 'counter',
    help: 'Windows of providers that runs waited for.',
    labels: { provider: PROVIDERS },
  },
  joins: {
    name: 'meld_refresh_joins_total',
    type: 'counter',
    help: 'Requests that joined an open run by a signal; one that asks nothing new sends none.',
    labels: {},
  },
  reads: {
    name: 'meld_refresh_reads_total',
    type: 'counter',
    help: 'Reads of a connection, every attempt of every poll.',
    labels: {
      result: ['found', 'not_found', 'access_denied', 'rejected', 'rate_limited', 'unavailable', 'failed'],
    },
  },
  deliveries: {
    name: 'meld_refresh_outcome_deliveries_total',
    type: 'counter',
    help: 'Attempts to deliver an outcome to the outcome webhook.',
    labels: { result: ['delivered', 'not_taken', 'failed'] },
  },
} as const satisfies Readonly<Record<string, WorkerMetric>>;

/** From a second to a day: a refresh takes seconds, a window hours, a deadline a day. */
export const DURATION_BUCKETS_SECONDS = [
  1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400,
];

/** The values of a metric's labels; the compiler holds them to the set. */
export type LabelsOf<M extends WorkerMetric> = {
  readonly [Label in keyof M['labels']]: M['labels'][Label][number];
};

type LabelOf<M extends keyof typeof WORKER_METRICS> = LabelsOf<(typeof WORKER_METRICS)[M]>;

export function providerLabel(
  connection: { readonly serviceProvider: string | null } | null,
): LabelOf<'windows'>['provider'] {
  if (connection === null) return 'none';
  return PROVIDERS.find((provider) => provider === connection.serviceProvider) ?? 'other';
}

/** `none` for an outcome that has no reason, `other` for one that Meld has added since. */
export function reasonLabel(result: { readonly reason?: string }): LabelOf<'ended'>['reason'] {
  if (result.reason === undefined) return 'none';
  // PRODUCT_NOT_AVAILABLE is followed by the products.
  const [reason] = result.reason.split(':', 1);
  return WORKER_METRICS.ended.labels.reason.find((known) => known === reason) ?? 'other';
}
