import { log } from '@temporalio/activity';
import type { MeldClient } from '../meld/meld-client';
import type { Activities } from './activities';
import { withHeartbeats } from './heartbeats';

/**
 * The charged call. Cancellation and shutdown do not abort it: a request that Meld may have taken is worth its
 * answer, and the client's own timeout bounds it.
 */
export const makeRequestRefresh =
  (meld: Pick<MeldClient, 'refresh'>): Activities['requestRefresh'] =>
  ({ connectionId, products }) =>
    withHeartbeats(async () => {
      log.info('meld_refresh_sending', { connectionId, products: products ?? null });
      const answer = await meld.refresh({ connectionId, ...(products !== undefined && { products }) });
      log.info('meld_refresh_answered', { connectionId, ...answer });
      return answer;
    });
