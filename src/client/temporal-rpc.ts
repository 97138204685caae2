import {
  isGrpcServiceError,
  NamespaceNotFoundError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { TemporalRejectedError, TemporalUnavailableError } from './errors';

/** What every part of the client works with. */
export interface TemporalRpc {
  readonly client: Client;
  /**
   * One call to Temporal under the deadline.
   * @param operation what it is for, as a verb phrase for the error message
   * @throws TemporalUnavailableError, TemporalRejectedError; and as they are, for the caller to judge:
   *   WorkflowNotFoundError, WorkflowExecutionAlreadyStartedError, WorkflowFailedError
   */
  readonly rpc: <T>(operation: string, send: () => Promise<T>) => Promise<T>;
  /**
   * Runs `send` with another bound, on each of its gRPC calls and on the whole.
   * @throws DeadlinePassed, and whatever the SDK throws
   */
  readonly withDeadline: <T>(timeoutMs: number, send: () => Promise<T>) => Promise<T>;
  /** Resolves when no call that was given up is in the SDK's hands any more; some 6 s at most. Never throws. */
  readonly drained: () => Promise<void>;
}

/** The gRPC deadline does not end the SDK's pause between two retries (up to 6 s); this does. */
const GRACE_MS = 250;

/** gRPC codes after which the same call may succeed: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const RETRYABLE = new Set([1, 2, 4, 8, 10, 13, 14, 15]);

export function makeTemporalRpc(client: Client, callTimeoutMs: number): TemporalRpc {
  const underWay = new Set<Promise<unknown>>();

  const withDeadline = async <T>(timeoutMs: number, send: () => Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new DeadlinePassed(`no answer within ${timeoutMs} ms`));
      }, timeoutMs + GRACE_MS);
    });
    const sent = client.withDeadline(Date.now() + timeoutMs, send);
    underWay.add(sent);
    const forget = (): void => void underWay.delete(sent);
    sent.then(forget, forget);
    try {
      return await Promise.race([sent, late]);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    client,
    withDeadline,
    rpc: async (operation, send) => {
      try {
        return await withDeadline(callTimeoutMs, send);
      } catch (error) {
        throw typedError(operation, error);
      }
    },
    drained: async () => {
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
    return new TemporalRejectedError(operation, cause.details, { cause: error });
  }
  // A ServiceError without a gRPC answer comes from the connection itself, a closed one for example.
  if (isGrpcServiceError(cause) || error instanceof ServiceError || error instanceof DeadlinePassed) {
    return new TemporalUnavailableError(operation, { cause: error });
  }
  return error;
}
