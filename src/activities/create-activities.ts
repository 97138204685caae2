import { mergePolicies } from '../refresh/input/parse-policy';
import { DEFAULT_POLICY } from '../refresh/model/policy';
import type { MeldClient } from '../meld/meld-client';
import type { Activities } from './activities';
import { makeDeliverOutcome, makeReadOutcome } from './deliver-outcome';
import type { OutcomeWebhook } from './deliver-outcome';
import { makeReadConnection } from './read-connection';
import { makeRequestRefresh } from './request-refresh';

export interface ActivityDependencies {
  readonly meld: Pick<MeldClient, 'getConnection' | 'refresh'>;
  /** Left out: no outcome is delivered. */
  readonly outcomeWebhook?: OutcomeWebhook | undefined;
  readonly now?: () => number;
}

/** The activities as a worker registers them. */
export function createActivities({ meld, outcomeWebhook, now = Date.now }: ActivityDependencies): Activities {
  return {
    readConnection: makeReadConnection(meld),
    requestRefresh: makeRequestRefresh(meld, now),
    completePolicy: ({ policy }) => Promise.resolve(mergePolicies(DEFAULT_POLICY, policy)),
    readOutcome: makeReadOutcome(),
    deliverOutcome: makeDeliverOutcome(outcomeWebhook, now),
  };
}
