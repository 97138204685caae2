import { InvalidRequestError } from '../refresh/input/invalid-request';

export type RefreshErrorCode =
  | 'invalid_request'
  | 'product_not_available'
  | 'refresh_not_found'
  | 'refresh_canceled'
  | 'refresh_failed'
  | 'result_not_ready'
  | 'refresh_contended'
  | 'refresh_stuck'
  | 'idempotency_conflict'
  | 'temporal_unavailable'
  | 'temporal_rejected';

/** What a `RefreshClient` throws; tell them apart by class or by `code`, which never changes its meaning. */
export type RefreshError = RefreshClientError | InvalidRequestError;

/** `false` for whatever else is thrown: a bug, or an error of the caller's own code. */
export function isRefreshError(error: unknown): error is RefreshError {
  return error instanceof RefreshClientError || error instanceof InvalidRequestError;
}

export abstract class RefreshClientError extends Error {
  abstract readonly code: RefreshErrorCode;
}

/** The open refresh's connection was not made with a product that the joining request names. */
export class ProductNotAvailableError extends RefreshClientError {
  override readonly name = 'ProductNotAvailableError';
  readonly code = 'product_not_available';

  constructor(
    readonly connectionId: string,
    readonly products: readonly string[],
    readonly available: readonly string[],
  ) {
    super(
      `products: connection ${connectionId} does not have ${products.join(', ')}. ` +
        `Name only what it was made with: ${available.join(', ')}.`,
    );
  }
}

/** A refresh of that connection was asked for by name, and Temporal knows none (or has forgotten it). */
export class RefreshNotFoundError extends RefreshClientError {
  override readonly name = 'RefreshNotFoundError';
  readonly code = 'refresh_not_found';

  constructor(
    readonly connectionId: string,
    readonly runId: string | undefined,
    options?: ErrorOptions,
  ) {
    super(
      runId === undefined
        ? `No refresh of connection ${connectionId} is known. It may never have run, or be past the retention.`
        : `No refresh ${runId} of connection ${connectionId} is known. Check both ids; it may be past the retention.`,
      options,
    );
  }
}

/** The run was canceled before it had a result; a new request starts a new run. */
export class RefreshCanceledError extends RefreshClientError {
  override readonly name = 'RefreshCanceledError';
  readonly code = 'refresh_canceled';

  constructor(
    readonly connectionId: string,
    readonly runId: string,
  ) {
    super(`Refresh ${runId} of connection ${connectionId} was canceled. Ask again to start a new one.`);
  }
}

/** The run failed, timed out or was terminated: a bug or an operator's doing, never a business outcome. */
export class RefreshFailedError extends RefreshClientError {
  override readonly name = 'RefreshFailedError';
  readonly code = 'refresh_failed';

  constructor(
    readonly connectionId: string,
    readonly runId: string,
    options?: ErrorOptions,
  ) {
    super(
      `Refresh ${runId} of connection ${connectionId} failed without a result. Look at the run in Temporal.`,
      options,
    );
  }
}

/** The bound of the wait came before the end of the run, which goes on unharmed. */
export class ResultNotReadyError extends RefreshClientError {
  override readonly name = 'ResultNotReadyError';
  readonly code = 'result_not_ready';

  constructor(
    readonly connectionId: string,
    readonly runId: string,
    readonly timeoutMs: number,
  ) {
    super(
      `Refresh ${runId} of connection ${connectionId} is still running after ${timeoutMs} ms. Ask again.`,
    );
  }
}

const CONTENDED = {
  being_canceled: (connectionId: string) =>
    `The refresh of connection ${connectionId} is being canceled and has not ended yet. Ask again shortly.`,
  canceled_in_call: (connectionId: string) =>
    `The refresh of connection ${connectionId} is canceled, and ends once Meld has answered its charged call. Ask again shortly.`,
  too_many_rounds: (connectionId: string) =>
    `Refreshes of connection ${connectionId} open and end faster than this one could join. Ask again.`,
};

/** The request got into no run: the open one is just ending, again and again or for too long. Nothing was started. */
export class RefreshContendedError extends RefreshClientError {
  override readonly name = 'RefreshContendedError';
  readonly code = 'refresh_contended';

  constructor(
    readonly connectionId: string,
    why: keyof typeof CONTENDED,
  ) {
    super(CONTENDED[why](connectionId));
  }
}

/** The open run does not get on, and would never hear of this request. Nothing was started. */
export class RefreshStuckError extends RefreshClientError {
  override readonly name = 'RefreshStuckError';
  readonly code = 'refresh_stuck';

  constructor(
    readonly connectionId: string,
    readonly runId: string,
    readonly attempts: number,
  ) {
    super(
      `Refresh ${runId} of connection ${connectionId} is stuck: its workflow task has failed ${attempts - 1} times. ` +
        'An operator has to look at the run in Temporal; deploy a fixed worker, reset the run or terminate it.',
    );
  }
}

/** The idempotency key came with another request before. Nothing was started. */
export class IdempotencyConflictError extends RefreshClientError {
  override readonly name = 'IdempotencyConflictError';
  readonly code = 'idempotency_conflict';

  constructor(
    readonly connectionId: string,
    readonly idempotencyKey: string,
  ) {
    super(
      `idempotencyKey: expected the request that this key first came with for connection ${connectionId}, ` +
        'received another one. Repeat that request as it was, or use a new key.',
    );
  }
}

/** Temporal cannot be reached, or did not answer in time: whether the request got through is not known. */
export class TemporalUnavailableError extends RefreshClientError {
  override readonly name = 'TemporalUnavailableError';
  readonly code = 'temporal_unavailable';

  constructor(operation: string, options: ErrorOptions) {
    super(
      `Temporal did not ${operation} in time. Ask again, with the same idempotency key if there is one.`,
      options,
    );
  }
}

/** Temporal is there and refuses: permissions, a missing namespace or search attribute, an over-long value. */
export class TemporalRejectedError extends RefreshClientError {
  override readonly name = 'TemporalRejectedError';
  readonly code = 'temporal_rejected';

  constructor(operation: string, detail: string, options: ErrorOptions) {
    super(`Temporal refused to ${operation}: ${detail}`, options);
  }
}
