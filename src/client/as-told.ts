import { describeEnding } from '../refresh/report/describe-progress';
import type { RefreshDescription } from './refresh-description';
import type { RefreshHandle } from './refresh-client';

/** A run as the request that got it is answered by it: other callers of the run may have wished for more. */
export function asTold(
  run: RefreshDescription,
  { forCaller }: Pick<RefreshHandle, 'forCaller'>,
): RefreshDescription {
  if (run.result === undefined) return run;
  const result = forCaller(run.result);
  const progress = run.progress && { ...run.progress, why: describeEnding(result) };
  return { ...run, result, outcome: result.outcome, progress };
}
