import { isCancellation, log, startChild, workflowInfo } from '@temporalio/workflow';
import { mayBeCharged } from '../refresh/freshness';
import type { OutcomeDelivery } from '../refresh/model/outcome';
import type { RefreshRequest } from '../refresh/model/request';
import { buildReport } from '../refresh/report/result';
import type { RefreshState } from '../refresh/state';
import { DELIVER_OUTCOME, deliveryWorkflowId } from './messages';

/**
 * Starts the run that delivers this one's outcome, and outlives it. Resolves once it has started: Temporal drops a child
 * whose start is still to come when its parent ends. Only a cancellation throws.
 */
export async function startDelivery(
  request: RefreshRequest,
  state: RefreshState,
  finishedAt: string,
  canceled?: OutcomeDelivery['canceled'],
): Promise<void> {
  const { workflowId, runId, firstExecutionRunId, taskQueue } = workflowInfo();
  const customerId = request.customerId ?? state.connection.latest?.customerId ?? null;
  const delivery: OutcomeDelivery = {
    workflowId,
    runId,
    customerId,
    finishedAt,
    ...(canceled !== undefined && { canceled }),
  };
  try {
    await startChild(DELIVER_OUTCOME, {
      // The run id would not survive a reset: a child of another id does not replay.
      workflowId: deliveryWorkflowId(request.connectionId, firstExecutionRunId, finishedAt),
      taskQueue,
      args: [delivery],
      parentClosePolicy: 'ABANDON',
      staticSummary: `Deliver the outcome of the refresh of ${request.connectionId}`,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.error('outcome_delivery_not_started', { connectionId: request.connectionId, error });
  }
}

/** A canceled run has no result; calls of it that may be charged are delivered all the same. */
export async function startCanceledDelivery(request: RefreshRequest, state: RefreshState): Promise<void> {
  if (state.calls.made.some(mayBeCharged)) {
    const report = buildReport(state, Date.now());
    await startDelivery(request, state, report.finishedAt, report);
  }
}
