import type { CallAnswer, ReadReport } from '../refresh/connection';
import type { OutcomeNotice } from '../refresh/outcome';
import type { Product } from '../refresh/product';

/** What the workflow may ask of the outside world. Arguments and results are JSON objects. */
export interface Activities {
  /**
   * Looks at the connection: free, retried by Temporal.
   * Throws a retryable, benign `ApplicationFailure` for 5xx, network trouble, an unreadable answer and 429 (with
   * its `Retry-After` as the next delay); returns everything else.
   */
  readConnection(input: {
    readonly connectionId: string;
  }): Promise<Exclude<ReadReport, { read: 'unavailable' }>>;
  /** Sends the one charged POST; one attempt, no retries of any kind. Returns whatever Meld answered. */
  requestRefresh(input: {
    readonly connectionId: string;
    /** Left out: all products of the connection. */
    readonly products?: readonly Product[];
  }): Promise<CallAnswer>;
  /**
   * Posts the notice to the outcome webhook, signed; one try.
   * Throws a retryable, benign `ApplicationFailure` for any answer but 2xx, one that is not retryable when no
   * outcome webhook is configured.
   */
  deliverOutcome(notice: OutcomeNotice): Promise<void>;
}
