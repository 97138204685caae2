import { findKey } from '../../refresh/idempotency';
import { instantMs } from '../../refresh/model/instant';
import type { RefreshRequest } from '../../refresh/model/request';
import { IdempotencyConflictError } from '../errors';
import type { Run } from '../read-run';
import type { StartedOrJoined } from './start-or-join';

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
