import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { isObject } from '../refresh/input/checks';
import type { LastCall } from '../refresh/model/outcome';

/** 20: an operator who has reset a run that often knows of its calls. */
const MOST_RESETS = 20;

/**
 * The latest call that runs before a reset of this one have left in their memos; `null` for a run that was not reset.
 * A reset run begins with a part of the old one's history and knows nothing of what came after it.
 */
export async function callBeforeReset(): Promise<LastCall | null> {
  const { client, info } = Context.current();
  const { workflowId, runId } = info.workflowExecution ?? {};
  if (workflowId === undefined || runId === undefined) return null;
  const describe = (id: string) => client.workflow.getHandle(workflowId, id).describe();
  const own = await describe(runId);
  let next = own.raw.workflowExecutionInfo?.firstRunId;
  let latest: LastCall | null = null;
  for (let resets = 0; next && next !== runId && resets < MOST_RESETS; resets++) {
    try {
      const run = await describe(next);
      latest = lastCallIn(run.memo) ?? latest;
      next = run.raw.workflowExtendedInfo?.resetRunId;
    } catch (error) {
      // Removed by retention: what it called is older than anything that could still come.
      if (error instanceof WorkflowNotFoundError) break;
      throw error;
    }
  }
  return latest;
}

function lastCallIn(memo: Readonly<Record<string, unknown>> | undefined): LastCall | null {
  const progress = memo?.['progress'];
  const lastCall = isObject(progress) ? progress['lastCall'] : null;
  return isObject(lastCall) && typeof lastCall['sentAt'] === 'string'
    ? (lastCall as unknown as LastCall)
    : null;
}
