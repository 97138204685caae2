import { isCancellation, log, startChild, workflowInfo } from '@temporalio/workflow';
import { OUTCOMES } from '../refresh/model/outcome';
import type { OutcomeDelivery } from '../refresh/model/outcome';
import type { RefreshRequest } from '../refresh/model/request';
import type { RefreshState } from '../refresh/state';
import { DELIVER_OUTCOME, deliveryWorkflowId } from './messages';

/**
 * Starts the run that tells the outcome webhook of this one's end, and outlives it. Resolves once it has started:
 * Temporal drops a child whose start is still to come when its parent ends. Only a cancellation throws.
 */
export async function startDelivery(request: RefreshRequest, state: RefreshState): Promise<void> {
  const { workflowId, runId, taskQueue } = workflowInfo();
  const customerId = request.customerId ?? state.connection?.customerId ?? null;
  const delivery: OutcomeDelivery = {
    workflowId,
    runId,
    customerId,
    outcomes: OUTCOMES.filter((outcome) => state.policy.deliverOutcomes.has(outcome)),
  };
  try {
    await startChild(DELIVER_OUTCOME, {
      workflowId: deliveryWorkflowId(request.connectionId, runId),
      taskQueue,
      args: [delivery],
      parentClosePolicy: 'ABANDON',
      staticSummary: `Tell how the refresh of ${request.connectionId} ended`,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.error('outcome_delivery_not_started', { connectionId: request.connectionId, error });
  }
}
