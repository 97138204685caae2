import { mergePolicies } from '../refresh/input/parse-policy';
import { DEFAULT_POLICY, type RefreshPolicyInput } from '../refresh/model/policy';
import type { MeldClient } from '../meld/meld-client';
import type { Activities } from './activities';
import { countDeliveries, countReads } from './activity-metrics';
import { makeDeliverOutcome, makeReadOutcome, type OutcomeWebhook } from './deliver-outcome';
import { callsBeforeReset, type EarlierCalls } from './call-before-reset';
import { makeReadConnection } from './read-connection';
import { makeRequestRefresh } from './request-refresh';

export interface ActivityDependencies {
  readonly meld: Pick<MeldClient, 'getConnection' | 'refresh'>;
  /** Left out: no outcome is delivered. */
  readonly outcomeWebhook?: OutcomeWebhook | undefined;
  /** Of refreshes that are started by name, laid over the defaults; clients write the whole policy themselves. */
  readonly policy?: RefreshPolicyInput;
  readonly now?: () => number;
  /** The calls of runs before a reset of this one; default: as Temporal knows them. */
  readonly earlierCalls?: EarlierCalls;
}

/** The activities as a worker registers them. */
export function createActivities({
  meld,
  outcomeWebhook,
  policy: configured = {},
  now = Date.now,
  earlierCalls = callsBeforeReset,
}: ActivityDependencies): Activities {
  return {
    readConnection: countReads(makeReadConnection(meld, now)),
    requestRefresh: makeRequestRefresh(meld, now, earlierCalls),
    readEarlierCalls: async (run) => ({ lastCall: await earlierCalls(run) }),
    completePolicy: ({ policy }) =>
      Promise.resolve(mergePolicies(mergePolicies(DEFAULT_POLICY, configured), policy)),
    readOutcome: makeReadOutcome(),
    deliverOutcome: countDeliveries(makeDeliverOutcome(outcomeWebhook, now)),
  };
}
