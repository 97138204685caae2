import type { Duration } from './duration';
import type { LastCall } from './outcome';
import type { RefreshPolicyInput } from './policy';
import type { Product } from './product';
import type { IdempotencyKey } from './progress';

/** A request for fresh data of one connection: workflow input, HTTP body and library call alike. */
export interface RefreshRequest {
  readonly connectionId: string;
  /** Left out: all products of the connection. */
  readonly products?: readonly Product[];
  /** RFC 3339. Data aggregated at or after it satisfies the caller. Default: the moment of the request. */
  readonly freshSince?: string;
  /** The friendly form of `freshSince`: now less this. Only one of the two may be given. */
  readonly maxAge?: Duration;
  readonly giveUpAfter?: Duration;
  /** Wait out a provider's window (default), or return `rate_limited` with `nextAllowedAt` at once. */
  readonly onRateLimit?: OnRateLimit;
  readonly maxCharges?: number;
  /** Return `repair_required` at once (default), or wait for the customer's repair until the deadline. */
  readonly onRepair?: OnRepair;
  readonly customerId?: string;
  /** Who is served first where work waits for its turn: a customer who looks on (default), or a bulk. */
  readonly priority?: RequestPriority;
  /** The same key with the same request gets the run that its first use got, and never a second call. */
  readonly idempotencyKey?: string;
  /** RFC 3339. No call before it: a window that an earlier refresh met. */
  readonly notBefore?: string;
  /** Calls of earlier runs: their data is waited for before anything is paid again, unless it has come. */
  readonly lastCall?: LastCall;
  /** Keys that earlier runs of the connection got, for the memo of this one. */
  readonly idempotencyKeys?: readonly IdempotencyKey[];
  readonly policy?: RefreshPolicyInput;
}

export const ON_RATE_LIMIT = ['wait', 'return'] as const;
export type OnRateLimit = (typeof ON_RATE_LIMIT)[number];

export const ON_REPAIR = ['wait', 'return'] as const;
export type OnRepair = (typeof ON_REPAIR)[number];

export const PRIORITIES = ['interactive', 'bulk'] as const;
export type RequestPriority = (typeof PRIORITIES)[number];
