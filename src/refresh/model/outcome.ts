import type { Product } from './product';

/** One POST to Meld, as it is accounted for. Instants are RFC 3339. */
export interface Call {
  readonly sentAt: string;
  /** The products asked for; `null` for all of the connection's. */
  readonly products: readonly Product[] | null;
  readonly answer:
    'accepted' | 'conflict' | 'rate_limited' | 'server_error' | 'unknown' | 'rejected' | 'not_found';
  /** `null` when no answer came. */
  readonly httpStatus: number | null;
  /** Meld's own id of the exchange: what its support asks for. */
  readonly requestId: string | null;
}

/** What proves a product fresh: the webhook event with that id, or the connection's own timestamp. */
export type Evidence =
  | { readonly by: 'event'; readonly eventId: string; readonly occurredAt: string }
  | { readonly by: 'successfullyAggregatedAt'; readonly aggregatedAt: string };

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

interface Ended {
  readonly connectionId: string;
  readonly requestedAt: string;
  readonly freshSince: string;
  readonly finishedAt: string;
  /** As last read; `null` when it never could be. */
  readonly connection: {
    readonly status: string;
    readonly statusReason: string | null;
    readonly serviceProvider: string | null;
    readonly institutionName: string | null;
  } | null;
  /** `successfullyAggregatedAt` at the first and the last look. */
  readonly aggregatedAt: { readonly before: string | null; readonly after: string | null };
  /** By product. A product that is missing here is not proven fresh. */
  readonly evidence: Readonly<Record<string, Evidence>>;
  /** The charge ledger: every POST, in order. */
  readonly calls: readonly Call[];
}

/** How a refresh ended: the workflow's result. */
export type RefreshResult =
  | (Ended & { readonly outcome: 'refreshed' })
  | (Ended & { readonly outcome: 'already_fresh' })
  | (Ended & {
      readonly outcome: 'repair_required';
      /** Meld's `statusReason`, else its status. */
      readonly reason: string;
      /** What to call next, in a sentence. */
      readonly message: string;
    })
  | (Ended & { readonly outcome: 'not_refreshable'; readonly reason: string })
  | (Ended & { readonly outcome: 'not_found' })
  | (Ended & { readonly outcome: 'rate_limited'; readonly nextAllowedAt: string })
  | (Ended & {
      readonly outcome: 'escalated';
      readonly reason: EscalationReason;
      /** One sentence for the person who takes it from here. */
      readonly message: string;
    });

/** Whose end is to be told. The result is read when it is there: until the run has ended it may still change. */
export interface OutcomeDelivery {
  readonly workflowId: string;
  readonly runId: string;
  readonly customerId: string | null;
  /** Any other outcome is told to nobody. */
  readonly outcomes: readonly Outcome[];
}

/** What is told to whoever must hear how a refresh ended. */
export interface OutcomeNotice {
  /** Temporal's id of the run: unique per refresh, and the same in every try to deliver. */
  readonly runId: string;
  readonly customerId: string | null;
  readonly result: RefreshResult;
}

/** What an outcome webhook posts: JSON, signed as Standard Webhooks. */
export interface OutcomeMessage {
  readonly type: `refresh.${Outcome}`;
  /** RFC 3339: the end of the refresh. */
  readonly timestamp: string;
  /** `runId` is the refresh itself, and the same however often it is told. */
  readonly data: Omit<OutcomeNotice, 'result'> & RefreshResult;
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
