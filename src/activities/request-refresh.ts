import { Context, log } from '@temporalio/activity';
import type { MeldClient } from '../meld/meld-client';
import type { Activities } from './activities';

/** 2 s: a worker that died in the call is noticed by a heartbeat timeout of some seconds. */
const HEARTBEAT_MS = 2_000;

/**
 * The charged call. Cancellation and shutdown do not abort it: a request that Meld may have taken is worth its
 * answer, and the client's own timeout bounds it.
 */
export const makeRequestRefresh =
  (meld: Pick<MeldClient, 'refresh'>): Activities['requestRefresh'] =>
  async ({ connectionId, products }) => {
    const context = Context.current();
    context.heartbeat();
    const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
    try {
      log.info('meld_refresh_sending', { connectionId, products: products ?? null });
      const answer = await meld.refresh({ connectionId, ...(products !== undefined && { products }) });
      log.info('meld_refresh_answered', { connectionId, ...answer });
      return answer;
    } finally {
      clearInterval(timer);
    }
  };
