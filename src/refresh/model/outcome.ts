import type { Connection } from './connection';
import type { Product } from './product';

/** What Meld answered to a charged call. `unknown`: the answer was lost, and the call may have been carried out. */
export const ANSWERS = [
  'accepted',
  'conflict',
  'rate_limited',
  'server_error',
  'unknown',
  'rejected',
  'not_found',
] as const;

export type Answer = (typeof ANSWERS)[number];

/** One POST to Meld, as it is accounted for. Instants are RFC 3339. */
export interface Call {
  /** When it left, by the worker's clock; where no answer tells, when the run decided on it, at most 315 s before. */
  readonly sentAt: string;
  /** The products asked for; `null` for all of the connection's. */
  readonly products: readonly string[] | null;
  readonly answer: Answer;
  /** `null` when no answer came. */
  readonly httpStatus: number | null;
  /** Meld's own id of the exchange: what its support asks for. */
  readonly requestId: string | null;
  /** Whether Meld may charge for it: `accepted` and `unknown`. */
  readonly mayBeCharged: boolean;
}

/** A call of an earlier run: its data may still come, or has come and is of some products. */
export interface EarlierCall {
  /** RFC 3339. */
  readonly sentAt: string;
  /** RFC 3339: the latest instant at which it can have left, where no answer told when it did. */
  readonly leftBy?: string;
  readonly products: readonly Product[] | null;
  /** `successfullyAggregatedAt` as read before it, RFC 3339: what must move. */
  readonly aggregatedBefore: string | null;
  /** Its data has come: nobody waits for it. */
  readonly delivered?: true;
}

/** The latest such call. */
export interface LastCall extends EarlierCall {
  /** Calls before it that matter still, the oldest first. */
  readonly earlier?: readonly EarlierCall[];
}

/**
 * What proves a product fresh: the webhook event with that id, or the connection's own timestamp.
 * `satisfies`: the latest `freshSince` that it proves, RFC 3339.
 */
export type Evidence = { readonly satisfies: string } & (
  | { readonly by: 'event'; readonly eventId: string; readonly occurredAt: string }
  | { readonly by: 'successfullyAggregatedAt'; readonly aggregatedAt: string }
);

export const ESCALATIONS = [
  'no_fresh_data',
  'provider_unavailable',
  'access_denied',
  'request_rejected',
  'charge_limit',
  'meld_unavailable',
  'deadline',
  'connection_degraded',
  'connection_undetermined',
] as const;

/** Why a person must take it from here. */
export type EscalationReason = (typeof ESCALATIONS)[number];

/** What is known of a refresh at its end, however it ended. */
export interface RefreshReport {
  readonly connectionId: string;
  readonly requestedAt: string;
  readonly freshSince: string;
  readonly finishedAt: string;
  /** As last read; `null` when it never could be. */
  readonly connection: Pick<
    Connection,
    'status' | 'statusReason' | 'serviceProvider' | 'institutionName' | 'products' | 'optionalProducts'
  > | null;
  /** `successfullyAggregatedAt` at the first and the last read. */
  readonly aggregatedAt: { readonly before: string | null; readonly after: string | null };
  /** By product. A product that is missing here is not proven fresh. */
  readonly evidence: Readonly<Record<string, Evidence>>;
  /** Of products whose data is there, but older than this run's `freshSince`: enough for a caller content with less. */
  readonly earlierEvidence: Readonly<Record<string, Evidence>>;
  /** The charge ledger: every POST, in order. */
  readonly calls: readonly Call[];
}

/** What distinguishes one outcome from another. */
export type Verdict =
  | { readonly outcome: 'refreshed' }
  | { readonly outcome: 'already_fresh' }
  | { readonly outcome: 'not_found' }
  /** `reason`: Meld's `statusReason`, else its status. `message`: what to call next, in a sentence. */
  | { readonly outcome: 'repair_required'; readonly reason: string; readonly message: string }
  | { readonly outcome: 'not_refreshable'; readonly reason: string }
  | { readonly outcome: 'rate_limited'; readonly nextAllowedAt: string }
  /** `message`: one sentence for the person who takes it from here. */
  | { readonly outcome: 'escalated'; readonly reason: EscalationReason; readonly message: string };

/** How a refresh ended: the workflow's result. */
export type RefreshResult = RefreshReport & Verdict;

/**
 * Which run's outcome to deliver. The result is read once the run has ended: until then it may still change, and then
 * another delivery is started for what has become of it.
 */
export interface OutcomeDelivery {
  readonly workflowId: string;
  readonly runId: string;
  readonly customerId: string | null;
  /**
   * `finishedAt` of the result that is to be delivered: a run that did not end with it is not told of. Left out by an
   * older worker, whose only delivery it is: it tells of whatever the run has ended with.
   */
  readonly finishedAt?: string;
  /** Of a run that was canceled after calls that may be charged: it has no result to read. */
  readonly canceled?: RefreshReport;
}

/** Payload of an outcome delivery. */
export interface OutcomeNotice {
  /** Temporal's id of the run: unique per refresh, and the same in every attempt to deliver. */
  readonly runId: string;
  readonly customerId: string | null;
  readonly result: RefreshResult | (RefreshReport & { readonly outcome: 'canceled' });
}

/** What an outcome webhook posts: JSON, signed as Standard Webhooks. */
export interface OutcomeMessage {
  readonly type: `refresh.${Outcome | 'canceled'}`;
  /** RFC 3339: the end of the refresh. */
  readonly timestamp: string;
  /** `runId` is the refresh itself, and the same however often it is delivered. */
  readonly data: Omit<OutcomeNotice, 'result'> & OutcomeNotice['result'];
}

export const OUTCOMES = [
  'refreshed',
  'already_fresh',
  'repair_required',
  'not_refreshable',
  'not_found',
  'rate_limited',
  'escalated',
] as const;

export type Outcome = (typeof OUTCOMES)[number];
