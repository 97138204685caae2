import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { refreshWorkflowId } from '../refresh/model/connection-id';

/**
 * Refuses to read or to pay for a connection that is not the run's own: whatever went wrong in the workflow, one run
 * never touches another's connection.
 * @throws ApplicationFailure `ForeignConnection`, not retryable
 */
export function refuseForeignConnection(connectionId: string): void {
  const workflowId = Context.current().info.workflowExecution?.workflowId;
  if (workflowId === refreshWorkflowId(connectionId)) return;
  throw ApplicationFailure.nonRetryable(
    `The run ${workflowId} asked for connection ${connectionId}, which is not its own.`,
    'ForeignConnection',
  );
}
