import {
  isGrpcServiceError,
  NamespaceNotFoundError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { reasonOf } from '../lib/reason-of';
import { withTimeout } from '../lib/with-timeout';
import { TemporalRejectedError, TemporalUnavailableError } from './errors';

/** What every part of the client works with. */
export type TemporalRpc = ReturnType<typeof makeTemporalRpc>;

/** The gRPC deadline does not end the SDK's pause between two retries (up to 6 s); this does. */
const GRACE_MS = 250;

/** gRPC codes after which the same call may succeed: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const RETRYABLE = new Set([1, 2, 4, 8, 10, 13, 14, 15]);

export function makeTemporalRpc(client: Client, callTimeoutMs: number) {
  const underWay = new Set<Promise<unknown>>();

  /**
   * Runs `send` with another bound, on each of its gRPC calls and on the whole.
   * @param abandoned cancels its gRPC calls
   * @throws DeadlinePassed, and whatever the SDK throws
   */
  const withDeadline = <T>(
    timeoutMs: number,
    send: () => Promise<T>,
    abandoned?: AbortSignal,
  ): Promise<T> => {
    const bounded = () => client.withDeadline(Date.now() + timeoutMs, send);
    const sent = abandoned ? client.withAbortSignal(abandoned, bounded) : bounded();
    underWay.add(sent);
    const forget = (): void => void underWay.delete(sent);
    sent.then(forget, forget);
    return withTimeout(timeoutMs + GRACE_MS, sent, () => {
      throw new DeadlinePassed(`no answer within ${timeoutMs} ms`);
    });
  };
  /** Half of a call's deadline: a wait checks on Temporal after the one half, and gives it the other. */
  const pingTimeoutMs = callTimeoutMs / 2;

  return {
    client,
    withDeadline,
    pingTimeoutMs,
    /** @throws TemporalUnavailableError when Temporal does not answer within `pingTimeoutMs` */
    async ping(): Promise<void> {
      try {
        await withDeadline(pingTimeoutMs, () => client.workflowService.getSystemInfo({}));
      } catch (error) {
        const typed = typedError('answer', error);
        // Any answer shows that it is there.
        if (!(typed instanceof TemporalRejectedError)) throw typed;
      }
    },
    /**
     * One call to Temporal under the deadline.
     * @param operation what it is for, as a verb phrase for the error message
     * @throws TemporalUnavailableError, TemporalRejectedError; and as they are, for the caller to judge:
     *   WorkflowNotFoundError, WorkflowExecutionAlreadyStartedError, WorkflowFailedError
     */
    rpc: async <T>(operation: string, send: () => Promise<T>): Promise<T> => {
      try {
        return await withDeadline(callTimeoutMs, send);
      } catch (error) {
        throw typedError(operation, error);
      }
    },
    /** Resolves once every abandoned call has settled; some 6 s at most. Never throws. */
    async drained(): Promise<void> {
      await Promise.allSettled(underWay);
    },
  };
}

/** No answer within the bound, and none any more. */
class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/** The error as callers know it; what is not Temporal's passes as it is. */
export function typedError(operation: string, error: unknown): unknown {
  if (
    error instanceof WorkflowNotFoundError ||
    error instanceof WorkflowExecutionAlreadyStartedError ||
    error instanceof WorkflowFailedError
  ) {
    return error;
  }
  if (error instanceof NamespaceNotFoundError) {
    return new TemporalRejectedError(operation, `there is no namespace ${error.namespace}`, { cause: error });
  }
  const cause = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(cause) && !RETRYABLE.has(cause.code)) {
    return new TemporalRejectedError(operation, reasonOf(cause), { cause: error });
  }
  // A ServiceError without a gRPC answer comes from the connection itself, a closed one for example.
  if (isGrpcServiceError(cause) || error instanceof ServiceError || error instanceof DeadlinePassed) {
    return new TemporalUnavailableError(operation, { cause: error });
  }
  return error;
}
