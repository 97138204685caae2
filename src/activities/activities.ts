import type { CallAnswer, Connection, ReadReport } from '../refresh/model/connection';
import type { LastCall, OutcomeDelivery, OutcomeNotice } from '../refresh/model/outcome';
import type { RefreshPolicy, RefreshPolicyInput } from '../refresh/model/policy';
import type { Product } from '../refresh/model/product';

/** What a poll compares with: the connection as it was last read. */
export type KnownConnection = Pick<Connection, 'status' | 'statusReason' | 'successfullyAggregatedAt'>;

/** The run that asks for the calls of others. */
export interface AskingRun {
  /** Temporal's `firstExecutionRunId`: where that is another run than the activity's own, the workflow was reset. */
  readonly firstRunId: string;
  /** How long the data of an earlier call is awaited. */
  readonly awaitCallsMs: number;
}

/** What the workflow may ask of the outside world. Arguments and results are JSON objects. */
export interface Activities {
  /**
   * Reads the connection: free, retried by Temporal.
   * Throws a retryable, benign `ApplicationFailure` for 5xx, network failures and unreadable answers, and, with
   * `unless`, as long as the connection is as given there; returns everything else, 429 included.
   */
  readConnection(input: {
    readonly connectionId: string;
    readonly unless?: KnownConnection;
  }): Promise<ReadReport>;
  /**
   * Sends the one charged POST; one attempt, no retries of any kind. Returns whatever Meld answered, or `not_sent` when
   * the read it was decided on is too old by this worker's clock and another one does not find the same, or the run was
   * reset and has not heard of a call that another one has made.
   */
  requestRefresh(
    input: AskingRun & {
      readonly connectionId: string;
      /** Left out: all products of the connection. */
      readonly products?: readonly Product[];
      /** RFC 3339: when the connection was read. */
      readonly readAt: string;
      readonly readMaxAgeMs: number;
      /** What that read found, and how long another one may take; left out by a run that an older worker carries. */
      readonly reread?: { readonly known: KnownConnection; readonly withinMs: number };
      /** RFC 3339: the latest call that the run knows of, its own included. */
      readonly lastCallSentAt?: string;
    },
  ): Promise<CallAnswer>;
  /** The calls of other runs of a workflow that was reset. Throws as long as Temporal does not tell them. */
  readEarlierCalls(run: AskingRun): Promise<{ readonly lastCall: LastCall | null }>;
  /** The worker's policy for whatever this one leaves out. A local activity: recorded in the history, so that it replays. */
  completePolicy(input: { readonly policy: RefreshPolicyInput }): Promise<RefreshPolicy>;
  /**
   * What to deliver: the run's result, once it has ended; `null` for a run without a result, or with another one than is
   * to be delivered. Throws a retryable, benign `ApplicationFailure` while the run has not ended.
   */
  readOutcome(delivery: OutcomeDelivery): Promise<OutcomeNotice | null>;
  /**
   * Posts it to the outcome webhook, signed; one attempt. Throws a retryable, benign `ApplicationFailure` for any answer
   * but 2xx, one that is not retryable when no outcome webhook is configured.
   */
  deliverOutcome(notice: OutcomeNotice): Promise<void>;
}
