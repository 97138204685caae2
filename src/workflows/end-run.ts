import { log, startChild, workflowInfo } from '@temporalio/workflow';
import type { OutcomeNotice, RefreshResult } from '../refresh/outcome';
import type { RefreshRequest } from '../refresh/request';
import type { RefreshState } from '../refresh/state';
import { DELIVER_OUTCOME, deliveryWorkflowId } from './messages';

/** What follows from an outcome besides the result: the log line for operators, the notice for receivers. */
export function endRun(request: RefreshRequest, state: RefreshState, result: RefreshResult): void {
  const { connectionId, outcome, calls } = result;
  const fields = { connectionId, outcome, calls: calls.length, provider: result.connection?.serviceProvider };
  if (result.outcome === 'escalated') {
    const { reason, message } = result;
    const meldRequestIds = calls.flatMap(({ requestId }) => requestId ?? []);
    log.error('refresh_escalated', {
      ...fields,
      reason,
      message,
      status: result.connection?.status,
      meldRequestIds,
    });
  } else {
    log.info('refresh_ended', fields);
  }
  if (state.policy.deliverOutcomes.has(outcome)) tell(request, state, result);
}

function tell(request: RefreshRequest, state: RefreshState, result: RefreshResult): void {
  const { runId, taskQueue } = workflowInfo();
  const customerId = request.customerId ?? state.connection?.customerId ?? null;
  const notice: OutcomeNotice = { runId, customerId, result };
  // Not awaited: the server takes this start and the run's end in one step, or neither when news came in, and
  // nobody is there any more to hear how the start went.
  startChild(DELIVER_OUTCOME, {
    workflowId: deliveryWorkflowId(request.connectionId, runId),
    taskQueue,
    args: [notice],
    parentClosePolicy: 'ABANDON',
    staticSummary: `Tell how the refresh of ${request.connectionId} ended: ${result.outcome}`,
  }).catch(() => undefined);
}
