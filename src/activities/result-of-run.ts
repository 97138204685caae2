import { Context } from '@temporalio/activity';
import { isGrpcDeadlineError, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { RefreshResult } from '../refresh/model/outcome';

/** 10 s: the run ends right after it has started the delivery, unless news came in between. */
const WAIT_MS = 10_000;

/**
 * The result of a run that is just ending; `null` when it has none: canceled, terminated, or failed.
 * Throws a retryable, benign `ApplicationFailure` when it goes on for longer than 10 s.
 */
export async function resultOfRun(workflowId: string, runId: string): Promise<RefreshResult | null> {
  const { client } = Context.current();
  try {
    return await client.withDeadline(Date.now() + WAIT_MS, () =>
      client.workflow.result<() => Promise<RefreshResult>>(workflowId, runId),
    );
  } catch (error) {
    if (error instanceof WorkflowFailedError) return null;
    if (!isGrpcDeadlineError(error)) throw error;
    throw ApplicationFailure.create({
      message: `Run ${runId} of ${workflowId} has not ended yet.`,
      type: 'RefreshNotEnded',
      category: ApplicationFailureCategory.BENIGN,
    });
  }
}
