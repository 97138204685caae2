import type { Duration } from './duration';
import type { Outcome } from './outcome';

/** How long and how often the refresh waits, asks and pays. Durations are strings such as `"90s"` or `"3h"`. */
export interface RefreshPolicy {
  /** How far Meld's clock may be behind ours before an event counts as too old to prove anything. */
  readonly clockTolerance: Duration;
  /** How much later than the run's own a joining request may want its data or its end without being a new wish. */
  readonly coalesce: Duration;
  /** How old the last read of the connection may be when the charged call leaves. */
  readonly readMaxAge: Duration;
  /** How long the transactions event may trail a moved `successfullyAggregatedAt`. */
  readonly settle: Duration;
  /** The same when the accounts event of that aggregation was delivered: webhooks work, so the other one comes. */
  readonly settleWithWebhooks: Duration;
  /** How long a read may be refused, after a call that may have run, before the refusal is believed. */
  readonly doubtfulReadWait: Duration;
  /** How long after the charged call has left its answer counts as lost; `MELD_TIMEOUT` and a second at least. */
  readonly callTimeout: Duration;
  /** How long an accepted refresh may take to bring data. */
  readonly completionWait: Duration;
  /** How often the connection is read while data is awaited, in case the webhooks are lost. */
  readonly poll: { readonly first: Duration; readonly factor: number; readonly maximum: Duration };
  /** How long to look for traces of a call whose answer was lost. */
  readonly unknownAnswerWait: Duration;
  /** How long the aggregation that follows a repair may take before it is asked for. */
  readonly repairedWait: Duration;
  /** How many more calls may follow 5xx answers before the next STATUS_CHANGE is awaited. */
  readonly serverErrorRetries: number;
  readonly serverErrorBackoff: {
    readonly initial: Duration;
    readonly factor: number;
    readonly maximum: Duration;
  };
  /** How long to wait for that STATUS_CHANGE. */
  readonly statusChangeWait: Duration;
  /** The window after a 429 when neither `Retry-After` nor a provider's rule says one. */
  readonly defaultRateLimitWindow: Duration;
  readonly rateLimitFloor: Duration;
  readonly rateLimitCeiling: Duration;
  /** How many windows after 429 answers are waited out. */
  readonly maxRateLimitWaits: number;
  /** Calls that may have been charged (`accepted`, `unknown`), at most. */
  readonly maxCharges: number;
  /** The deadline, counted from the request. */
  readonly giveUpAfter: Duration;
  /** Outcomes that are delivered to the outcome webhook. */
  readonly deliverOutcomes: readonly Outcome[];
  /** Windows that follow from a provider's own rules, by `serviceProvider`. */
  readonly providers: Readonly<Record<string, ProviderRule>>;
}

export interface ProviderRule {
  readonly forcedRefreshEvery: Duration;
  /** What starts the provider's window: any aggregation of the connection, automatic ones included. */
  readonly after: 'any_aggregation';
}

/** Each policy field may be left out; nested objects too, field by field. */
export type RefreshPolicyInput = {
  readonly [K in keyof RefreshPolicy]?: K extends 'poll' | 'serverErrorBackoff'
    ? Partial<RefreshPolicy[K]>
    : RefreshPolicy[K];
};

export const DEFAULT_POLICY: RefreshPolicy = {
  // Meld and we both keep NTP time; more than a few seconds would let an older aggregation pass for a new one.
  clockTolerance: '5s',
  // Two callers within a minute of each other want the same data; a second charge for it serves nobody.
  coalesce: '1m',
  // Read and call follow each other within a second; past a minute something stood still between them.
  readMaxAge: '1m',
  // The transactions event follows the accounts within seconds as a rule; longer only delays good news.
  settle: '30s',
  // Large accounts take minutes; an event that is lost although others came is rare.
  settleWithWebhooks: '10m',
  // A deploy or a replica that lags at Meld answers 403 or 404 for minutes at most.
  doubtfulReadWait: '5m',
  // A request takes 50 s at most (`MELD_TIMEOUT`); the rest is for an answer that reaches Temporal late.
  callTimeout: '90s',
  // Providers take seconds to minutes; after half an hour the aggregation has failed or was lost.
  completionWait: '30m',
  // A read is free, yet nobody profits from more than one in ten minutes.
  poll: { first: '30s', factor: 2, maximum: '10m' },
  // The traces of a refresh that did start show within minutes; looking is cheaper than paying again.
  unknownAnswerWait: '5m',
  // Meld aggregates by itself after a repair; the customer who just repaired is still there, waiting.
  repairedWait: '5m',
  // 30 s, 1 m, 2 m, 4 m: past the usual deploys and failovers, well inside a provider's window.
  serverErrorRetries: 4,
  serverErrorBackoff: { initial: '30s', factor: 2, maximum: '10m' },
  // Meld marks a connection DEGRADED or UNDETERMINED only after persistent trouble.
  statusChangeWait: '2h',
  // No provider documents less than minutes or, MX aside, more than an hour.
  defaultRateLimitWindow: '1h',
  // A `Retry-After: 0` must not become a loop of calls.
  rateLimitFloor: '1m',
  // A window beyond a day is a quota or a mistake: it is not waited out, but returned as `rate_limited`.
  rateLimitCeiling: '24h',
  // Three windows of the slowest known provider are nine hours; who is limited longer shares the connection.
  maxRateLimitWaits: 3,
  // One lost answer may be paid for twice, never more.
  maxCharges: 2,
  // Automatic aggregations run one to three times a day: after a day a forced one has lost its point.
  giveUpAfter: '24h',
  // Without an outcome webhook nothing is delivered, with one every outcome.
  deliverOutcomes: [],
  // Meld, "Refreshing connections": MX allows one forced refresh per connection in three hours.
  providers: { MX: { forcedRefreshEvery: '3h', after: 'any_aggregation' } },
};
