import { answerFor } from '../refresh/report/answer-for';
import { describeEnding } from '../refresh/report/describe-progress';
import { resolvePolicy } from '../refresh/input/parse-policy';
import { termsOf } from '../refresh/input/parse-request';
import { instantMs, toInstant } from '../refresh/model/instant';
import type { RefreshResult } from '../refresh/model/outcome';
import type { RefreshRequest } from '../refresh/model/request';
import type { RefreshDescription } from './refresh-description';
import type { StartedOrJoined } from './start/start-or-join';

/**
 * What a run's result means for one request that it served: their data proven is `refreshed` or `already_fresh`, even
 * where another caller's wish made the run escalate. A request that started the run counts from the start by Temporal's
 * clock, one that joined from its own moment, as the run itself takes them: by a clock that is ahead no later than what
 * the run has pursued, of which the request is a part.
 */
export function answerForCaller(
  result: RefreshResult,
  request: RefreshRequest,
  { disposition, requestedAtMs, freshSince }: Omit<StartedOrJoined, 'runId'>,
): RefreshResult {
  if (freshSince !== undefined) return answerFor(result, { products: request.products, freshSince });
  const policy = resolvePolicy(request.policy);
  const isStart = disposition === 'started';
  const isByClock = request.freshSince === undefined && request.idempotencyKey === undefined;
  const latestMs = isStart || !isByClock ? Infinity : (instantMs(result.freshSince) ?? Infinity);
  const fromMs = isStart ? (instantMs(result.requestedAt) ?? requestedAtMs) : requestedAtMs;
  const { freshSinceMs } = termsOf(request, fromMs, policy, disposition);
  return answerFor(result, {
    products: request.products,
    freshSince: toInstant(Math.min(freshSinceMs, latestMs)),
  });
}

/** A run as the request that got it is answered by it: other callers of the run may have wished for more. */
export function asTold(
  run: RefreshDescription,
  { forCaller }: { readonly forCaller: (result: RefreshResult) => RefreshResult },
): RefreshDescription {
  if (run.result === undefined) return run;
  const result = forCaller(run.result);
  const progress = run.progress && { ...run.progress, why: describeEnding(result) };
  return { ...run, result, outcome: result.outcome, progress };
}
