import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Memory } from '../../refresh/model/progress';
import type { RefreshRequest } from '../../refresh/model/request';
import { mergeLastCalls } from '../../refresh/remembered-calls';
import { initialState } from '../../refresh/state';
import { taskPriority } from '../../workflows/task-priority';
import { MEMORY_MEMO, REFRESH_CONNECTION, searchAttributes } from '../../workflows/messages';
import { workflowIdOf } from '../ids';
import { notBeforeOf } from './prepare-request';
import type { RefreshWorkflow, Run } from '../read-run';
import type { StartOrJoinDeps } from './start-or-join';

/** Starts a run with what the latest one has left, all of it in its memory. `null` when a run has opened since that was described. */
export async function startRun(
  { calls, taskQueue, now }: StartOrJoinDeps,
  request: RefreshRequest,
  latest: Run | null,
): Promise<string | null> {
  const { notBefore: _window, lastCall: _call, idempotencyKeys: _keys, ...rest } = request;
  const left: Partial<Memory> = latest?.memory ?? {};
  // A window that a whole run met since the `describe` is not in here: that run would have to open and end in between,
  // and then Meld's own 429 says it again.
  const notBefore = notBeforeOf([request.notBefore, left.nextAllowedAt]);
  const lastCall = mergeLastCalls([left.lastCall, request.lastCall]);
  const known = [...(left.idempotencyKeys ?? []), ...(request.idempotencyKeys ?? [])];
  // One that is known here came to a run that ended before it had the request.
  const keys = known.filter(({ key }) => key !== request.idempotencyKey);
  const { connectionId, priority = 'interactive' } = request;
  // What the latest run has read of the connection goes with the start: the new one writes only what differs.
  const { provider } = latest?.description ?? {};
  const customerId = request.customerId ?? latest?.description.customerId;
  const input: RefreshRequest = {
    ...rest,
    ...(lastCall !== null && { lastCall }),
    ...(keys.length > 0 && { idempotencyKeys: keys }),
    ...(notBefore !== undefined && { notBefore }),
  };
  const memory: Memory = {
    nextAllowedAt: notBefore ?? null,
    lastCall,
    idempotencyKeys: initialState(input, now()).callers.keys,
  };
  const remembers =
    memory.nextAllowedAt !== null || memory.lastCall !== null || memory.idempotencyKeys.length > 0;
  try {
    const handle = await calls.rpc('start the refresh', () =>
      calls.client.workflow.start<RefreshWorkflow>(REFRESH_CONNECTION, {
        workflowId: workflowIdOf(connectionId),
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        taskQueue,
        args: [input],
        priority: taskPriority(priority, customerId),
        staticSummary: `Refresh ${connectionId}`,
        ...(remembers && { memo: { [MEMORY_MEMO]: memory } }),
        typedSearchAttributes: [
          { key: searchAttributes.connectionId, value: connectionId },
          ...(customerId === undefined ? [] : [{ key: searchAttributes.customerId, value: customerId }]),
          ...(provider === undefined ? [] : [{ key: searchAttributes.provider, value: provider }]),
        ],
      }),
    );
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}
