import { Context, log } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { MeldClient } from '../meld/meld-client';
import { describeFailure, type MeldFailure } from '../meld/http/meld-reply';
import type { Connection } from '../refresh/model/connection';
import { toInstant } from '../refresh/model/instant';
import type { Activities, KnownConnection } from './activities';
import { refuseForeignConnection } from './own-connection';

/** The types of the failures that Temporal retries. */
export const MELD_UNAVAILABLE = 'MeldUnavailable';
export const NOTHING_NEW = 'NothingNew';

/** 2 s: a worker that died in the work is noticed by a heartbeat timeout of some seconds. */
const HEARTBEAT_MS = 2_000;

/** Client errors that pass: a request timeout, and a replay that is too early. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 425]);

export const makeReadConnection =
  (meld: Pick<MeldClient, 'getConnection'>, now: () => number): Activities['readConnection'] =>
  async ({ connectionId, unless }) => {
    refuseForeignConnection(connectionId);
    const beganAt = toInstant(now());
    const got = await withHeartbeats(() => meld.getConnection(connectionId));
    switch (got.reply) {
      case 'ok':
        if (got.value.unreadableTimestamp !== undefined) {
          log.warn('meld_timestamp_unreadable', { connectionId, received: got.value.unreadableTimestamp });
        }
        log.debug('meld_connection_read', { connectionId, status: got.value.status });
        if (unless !== undefined && isSame(got.value, unless))
          throw retryable('Nothing has changed.', NOTHING_NEW);
        return { read: 'found', beganAt, connection: got.value };
      case 'not_found':
        log.info('meld_connection_not_found', { connectionId, requestId: got.requestId });
        return { read: 'not_found', beganAt, requestId: got.requestId };
      case 'rate_limited':
        log.warn('meld_reads_limited', { connectionId, ...got });
        return { read: 'rate_limited', beganAt, retryAfterMs: got.retryAfterMs };
      case 'access_denied':
      case 'rejected': {
        const { reply, httpStatus, requestId } = got;
        if (RETRYABLE_STATUSES.has(httpStatus)) throw retryable(describeFailure(got), MELD_UNAVAILABLE, got);
        log.warn('meld_connection_refused', { connectionId, reply, httpStatus, requestId });
        return { read: reply, beganAt, httpStatus, requestId };
      }
      default:
        log.info('meld_connection_unavailable', { connectionId, ...got });
        throw retryable(describeFailure(got), MELD_UNAVAILABLE, got);
    }
  };

/** Whether a read found what is known already. */
export function isSame(connection: Connection, known: KnownConnection): boolean {
  return (
    connection.status === known.status &&
    connection.statusReason === known.statusReason &&
    connection.successfullyAggregatedAt === known.successfullyAggregatedAt
  );
}

/** Benign: expected now and then, and retried; the workflow says so itself when it lasts. */
function retryable(message: string, type: string, failure?: MeldFailure): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: false,
    category: ApplicationFailureCategory.BENIGN,
    ...(failure !== undefined && { details: [failure] }),
  });
}

/** Does the work while Temporal hears that its worker lives. What is quicker than the first beat costs none. */
async function withHeartbeats<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  // A local activity is part of its workflow task, which has a bound of its own.
  if (context.info.isLocal) return work();
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
