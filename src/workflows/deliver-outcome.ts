import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import { isObject } from '../refresh/input/checks';
import { OUTCOMES, type OutcomeDelivery, type OutcomeNotice } from '../refresh/model/outcome';

/** 30 s: above what the activity gives the receiver to answer. */
const ATTEMPT_MS = 30_000;
/** Three days, as long as Meld itself retries its webhooks: past a weekend's outage. */
const THREE_DAYS_MS = 259_200_000;
const RETRY = { initialInterval: 10_000, backoffCoefficient: 2, maximumInterval: 3_600_000 };
/** The refresh ends within moments of the start of its delivery. */
const RESULT_RETRY = { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 60_000 };

/**
 * Delivers how a refresh ended to the outcome webhook, for three days; fails when nobody accepted it. The result is read
 * once, early, into this history: the refresh's own may be removed by then.
 */
export async function deliverOutcome(delivery: OutcomeDelivery): Promise<void> {
  const { readOutcome } = proxyActivities<Activities>({
    startToCloseTimeout: ATTEMPT_MS,
    scheduleToCloseTimeout: THREE_DAYS_MS,
    retry: RESULT_RETRY,
    summary: 'read how the refresh ended',
  });
  const notice: unknown = await readOutcome(delivery);
  if (notice === null) return;
  // An operator can complete an activity by hand, with anything.
  if (!isNoticeOf(notice, delivery)) {
    throw ApplicationFailure.nonRetryable(
      'The read of the outcome was completed with something that is no outcome: reset this run to read it again.',
      'OutcomeUnreadable',
    );
  }
  const activities = proxyActivities<Activities>({
    startToCloseTimeout: ATTEMPT_MS,
    scheduleToCloseTimeout: THREE_DAYS_MS,
    retry: RETRY,
    summary: 'deliver the outcome to the webhook',
  });
  await activities.deliverOutcome(notice);
}

function isNoticeOf(notice: unknown, { runId }: OutcomeDelivery): notice is OutcomeNotice {
  if (!isObject(notice) || notice['runId'] !== runId || !isObject(notice['result'])) return false;
  const { outcome } = notice['result'];
  return outcome === 'canceled' || OUTCOMES.some((known) => known === outcome);
}
