import type { MeldClient } from '../meld/meld-client';
import type { Activities } from './activities';
import { makeDeliverOutcome } from './deliver-outcome';
import type { OutcomeWebhook } from './deliver-outcome';
import { makeReadConnection } from './read-connection';
import { makeRequestRefresh } from './request-refresh';

export interface ActivityDependencies {
  readonly meld: Pick<MeldClient, 'getConnection' | 'refresh'>;
  /** Left out: nobody is told of outcomes. */
  readonly outcomeWebhook?: OutcomeWebhook | undefined;
  readonly now?: () => number;
}

/** The activities as a worker registers them. */
export function createActivities({ meld, outcomeWebhook, now = Date.now }: ActivityDependencies): Activities {
  return {
    readConnection: makeReadConnection(meld),
    requestRefresh: makeRequestRefresh(meld),
    deliverOutcome: makeDeliverOutcome(outcomeWebhook, now),
  };
}
