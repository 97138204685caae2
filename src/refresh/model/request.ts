import type { Duration } from './duration';
import type { RefreshPolicyInput } from './policy';
import type { Product } from './product';

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
  /** RFC 3339. No call before it: a window that an earlier refresh met. */
  readonly notBefore?: string;
  readonly policy?: RefreshPolicyInput;
}

export type OnRateLimit = 'wait' | 'return';

export type OnRepair = 'return' | 'wait';
