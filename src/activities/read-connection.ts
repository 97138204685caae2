import { log } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { MeldClient } from '../meld/meld-client';
import { describeFailure } from '../meld/http/meld-reply';
import type { MeldFailure } from '../meld/http/meld-reply';
import type { Activities } from './activities';
import { withHeartbeats } from './heartbeats';

/** The type of the failure that Temporal retries. */
export const MELD_UNAVAILABLE = 'MeldUnavailable';

export const makeReadConnection =
  (meld: Pick<MeldClient, 'getConnection'>): Activities['readConnection'] =>
  async ({ connectionId }) => {
    const got = await withHeartbeats(() => meld.getConnection(connectionId));
    switch (got.reply) {
      case 'ok':
        if (got.value.unreadableTimestamp !== undefined) {
          log.warn('meld_timestamp_unreadable', { connectionId, received: got.value.unreadableTimestamp });
        }
        log.debug('meld_connection_read', { connectionId, status: got.value.status });
        return { read: 'found', connection: got.value };
      case 'not_found':
        log.info('meld_connection_not_found', { connectionId, requestId: got.requestId });
        return { read: 'not_found', requestId: got.requestId };
      case 'access_denied':
      case 'rejected': {
        const { reply, httpStatus, requestId } = got;
        log.warn('meld_connection_refused', { connectionId, reply, httpStatus, requestId });
        return { read: reply, httpStatus, requestId };
      }
      default:
        log.info('meld_connection_unavailable', { connectionId, ...got });
        throw unavailable(got);
    }
  };

/** Benign: expected now and then, and retried; the workflow says so itself when it lasts. */
function unavailable(failure: MeldFailure): ApplicationFailure {
  const retryAfterMs = (failure.reply === 'rate_limited' ? failure.retryAfterMs : null) ?? 0;
  return ApplicationFailure.create({
    type: MELD_UNAVAILABLE,
    message: describeFailure(failure),
    nonRetryable: false,
    category: ApplicationFailureCategory.BENIGN,
    details: [failure],
    // Zero would take the place of the retry policy's backoff, and become a loop of looks.
    ...(retryAfterMs > 0 && { nextRetryDelay: retryAfterMs }),
  });
}
