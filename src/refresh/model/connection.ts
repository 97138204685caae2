import type { LastCall } from './outcome';

/**
 * A Meld connection as far as a refresh depends on it. These fields, and no others, enter the workflow history.
 * Strings are as Meld sent them, clipped to 200 bytes; statuses and products may be ones nobody knew before.
 */
export interface Connection {
  readonly id: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly serviceProvider: string | null;
  readonly institutionName: string | null;
  readonly customerId: string | null;
  /** Products the connection was made with; empty when Meld sent none, and then nothing is refused for it. */
  readonly products: readonly string[];
  readonly optionalProducts: readonly string[];
  /** RFC 3339; `null` when the connection never was aggregated, or the timestamp could not be read. */
  readonly successfullyAggregatedAt: string | null;
  /** Meld's `successfullyAggregatedAt` as it came (clipped), present only when it could not be read. */
  readonly unreadableTimestamp?: string;
}

/** What one read of a connection brought. */
export type ReadReport = {
  /** RFC 3339: when the attempt that brought it began, by the clock of the worker that made it. */
  readonly beganAt?: string;
} & (
  | { readonly read: 'found'; readonly connection: Connection }
  | { readonly read: 'not_found'; readonly requestId: string | null }
  | {
      readonly read: 'access_denied' | 'rejected';
      readonly httpStatus: number;
      readonly requestId: string | null;
    }
  /** 429: Meld limits reads; from `Retry-After`, `null` when absent or unreadable. */
  | { readonly read: 'rate_limited'; readonly retryAfterMs: number | null }
  /** Every attempt within bounds failed; `message` is one sentence without secrets. */
  | { readonly read: 'unavailable'; readonly message: string }
);

/** The answer to a POST that was sent. */
export type SentAnswer = {
  /** `null` when no answer came, or the POST provably never reached Meld. */
  readonly httpStatus: number | null;
  readonly requestId: string | null;
  /** RFC 3339: when the POST left, by the clock of the worker that sent it. */
  readonly sentAt?: string;
} & (
  | {
      /** `unknown`: it was lost, here or at a gateway; the refresh may be running, and may have been charged. */
      readonly answer: 'accepted' | 'conflict' | 'unknown' | 'rejected' | 'not_found';
    }
  | {
      /** `server_error`: a 5xx in Meld's own error shape, or a POST that never reached Meld; not charged. */
      readonly answer: 'rate_limited' | 'server_error';
      /** From `Retry-After`; `null` when absent or unreadable. */
      readonly retryAfterMs: number | null;
    }
);

/** What became of one POST of a refresh. */
export type CallAnswer =
  | SentAnswer
  /** Provably not sent: what it was decided on was too old, or the run has not heard of an earlier one's call (`lastCall`). */
  | { readonly answer: 'not_sent'; readonly why: string; readonly lastCall: LastCall | null };
