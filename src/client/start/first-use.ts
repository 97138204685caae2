import { findKey } from '../../refresh/idempotency';
import { isObject } from '../../refresh/input/checks';
import { instantMs } from '../../refresh/model/instant';
import type { RefreshRequest } from '../../refresh/model/request';
import { IdempotencyConflictError } from '../errors';
import { workflowIdOf } from '../ids';
import { decodePayload } from '../read-description';
import type { Run } from '../read-run';
import type { StartedOrJoined } from './start-or-join';
import type { TemporalRpc } from '../temporal-rpc';

/**
 * The run that the request got when it came first; `null` when it has no idempotency key, or a new one.
 * @throws IdempotencyConflictError
 */
export function firstUse(
  { description: { connectionId, runId }, memory }: Run,
  request: RefreshRequest,
  nowMs: number,
): StartedOrJoined | null {
  const found = findKey(memory.idempotencyKeys, request, nowMs);
  if (found === null) return null;
  if (found === 'conflict') throw new IdempotencyConflictError(connectionId, request.idempotencyKey ?? '');
  const { freshSince, requestedAt } = found;
  const requestedAtMs = instantMs(requestedAt) ?? nowMs;
  return { runId: found.runId ?? runId, disposition: 'joined', requestedAtMs, freshSince };
}

/**
 * Whether the run has that key from a request which came when it was being canceled: that one was told to ask again, and is
 * to get a run of its own. Which came first the history tells.
 */
export async function cameAfterCancel(
  { client, rpc }: TemporalRpc,
  { description: { connectionId, runId, state }, cancelRequested, memory }: Run,
  key: string | undefined,
): Promise<boolean> {
  const isOfThisRun = memory.idempotencyKeys.some((known) => known.key === key && known.runId === runId);
  if (!isOfThisRun || !(cancelRequested || state === 'canceled')) return false;
  const { events } = await rpc('read the history', () =>
    client.workflow.getHandle(workflowIdOf(connectionId), runId).fetchHistory(),
  );
  for (const event of events ?? []) {
    if (event.workflowExecutionCancelRequestedEventAttributes) return true;
    const { input } =
      event.workflowExecutionStartedEventAttributes ?? event.workflowExecutionSignaledEventAttributes ?? {};
    // What cannot be read, under a removed key for example, stands in nobody's way.
    const request = await decodePayload(client, input?.payloads?.[0]).catch(() => undefined);
    if (isObject(request) && request['idempotencyKey'] === key) return false;
  }
  return false;
}
