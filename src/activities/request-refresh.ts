import { Context, log } from '@temporalio/activity';
import { CALL_DELAYED_MS } from '../refresh/model/call-bounds';
import { instantMs, toInstant } from '../refresh/model/instant';
import type { CallAnswer } from '../refresh/model/connection';
import type { LastCall } from '../refresh/model/outcome';
import type { MeldClient } from '../meld/meld-client';
import type { Activities } from './activities';
import type { EarlierCalls } from './call-before-reset';
import { refuseForeignConnection } from './own-connection';
import { wasPutBack } from './put-back';
import { isSame } from './read-connection';
import { errorMessage } from '../lib/error-message';
import { withTimeout } from '../lib/with-timeout';

/**
 * The charged call. Cancellation and shutdown do not abort it: a request that Meld may have taken is worth its answer,
 * and the client's own timeout bounds it.
 */
export const makeRequestRefresh =
  (
    meld: Pick<MeldClient, 'getConnection' | 'refresh'>,
    now: () => number,
    earlierCalls: EarlierCalls,
  ): Activities['requestRefresh'] =>
  async ({
    connectionId,
    products,
    readAt,
    readMaxAgeMs,
    reread,
    awaitCallsMs,
    lastCallSentAt,
    firstRunId,
  }) => {
    // Only an operator gives a call another attempt, or puts it back into its queue, and it may have left before.
    if (Context.current().info.attempt > 1) return MAY_HAVE_LEFT;
    const startedMs = now();
    // Whatever ends before the request leaves is an answer, not a failure: that one would count as a lost answer.
    let lastCall: LastCall | null;
    try {
      refuseForeignConnection(connectionId);
      lastCall = await earlierCalls({ firstRunId, awaitCallsMs });
    } catch (error) {
      const why = errorMessage(error);
      return { answer: 'not_sent', why, lastCall: null };
    }
    if (lastCall !== null && msOf(lastCall.sentAt) > msOf(lastCallSentAt)) {
      return { answer: 'not_sent', why: `the run before the reset sent one at ${lastCall.sentAt}`, lastCall };
    }
    // After a reset as well: then the run before has told of it.
    if (await wasPutBack().catch(() => true)) return MAY_HAVE_LEFT;
    const ageMs = now() - (instantMs(readAt) ?? -Infinity);
    // A call that has waited long for its turn is not sent back to the end of its queue when nothing has changed.
    if (ageMs > readMaxAgeMs && !(await isStillSo(meld, connectionId, reread))) {
      const why = `the connection was read ${Math.round(ageMs / 1000)} s ago, longer than readMaxAge`;
      return { answer: 'not_sent', why, lastCall: null };
    }
    // The workflow listens no longer than the timeout from here on: what has stood still until now may have been replaced.
    const lateMs = now() - startedMs;
    if (lateMs > (reread?.withinMs ?? 0) + CALL_DELAYED_MS) {
      return { answer: 'not_sent', why: `it stood still for ${Math.round(lateMs / 1000)} s`, lastCall: null };
    }
    log.info('meld_refresh_sending', { connectionId, products: products ?? null });
    const sentAt = toInstant(now());
    const answer = await meld.refresh({ connectionId, ...(products !== undefined && { products }) });
    log.info('meld_refresh_answered', { connectionId, ...answer, sentAt });
    return { ...answer, sentAt };
  };

const MAY_HAVE_LEFT: CallAnswer = { answer: 'unknown', httpStatus: null, requestId: null };

const msOf = (instant = ''): number => instantMs(instant) ?? -Infinity;

async function isStillSo(
  meld: Pick<MeldClient, 'getConnection'>,
  connectionId: string,
  reread: Parameters<Activities['requestRefresh']>[0]['reread'],
): Promise<boolean> {
  if (reread === undefined) return false;
  const got = await withTimeout(reread.withinMs, meld.getConnection(connectionId), () => null);
  return got?.reply === 'ok' && isSame(got.value, reread.known);
}
