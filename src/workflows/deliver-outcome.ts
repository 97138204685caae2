import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { OutcomeDelivery } from '../refresh/model/outcome';

/** 30 s: above what the activity gives the receiver to answer. */
const ATTEMPT_MS = 30_000;
/** Three days, as long as Meld itself retries its webhooks: past a weekend's outage. */
const THREE_DAYS_MS = 259_200_000;
const RETRY = { initialInterval: 10_000, backoffCoefficient: 2, maximumInterval: 3_600_000 };

/** Tells the outcome webhook how a refresh ended, again and again for three days; fails when nobody took it. */
export async function deliverOutcome(delivery: OutcomeDelivery): Promise<void> {
  const activities = proxyActivities<Activities>({
    startToCloseTimeout: ATTEMPT_MS,
    scheduleToCloseTimeout: THREE_DAYS_MS,
    retry: RETRY,
    summary: 'tell the outcome webhook how the refresh ended',
  });
  await activities.deliverOutcome(delivery);
}
