import type { CallAnswer, ReadReport } from '../refresh/model/connection';
import type { OutcomeDelivery } from '../refresh/model/outcome';
import type { Product } from '../refresh/model/product';

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
   * Posts the run's result to the outcome webhook, signed; one try. A run without a result is told to nobody.
   * Throws a retryable, benign `ApplicationFailure` for any answer but 2xx and while the run has not ended, one that
   * is not retryable when no outcome webhook is configured.
   */
  deliverOutcome(delivery: OutcomeDelivery): Promise<void>;
}
