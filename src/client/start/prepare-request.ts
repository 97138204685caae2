import { instantMs, toInstant } from '../../refresh/model/instant';
import { mergePolicies } from '../../refresh/input/parse-policy';
import { DEFAULT_POLICY, type RefreshPolicyInput } from '../../refresh/model/policy';
import type { RefreshRequest } from '../../refresh/model/request';

/**
 * The request as the workflow gets it: with the whole policy, so that it depends on no configuration and no build.
 * `maxAge` stays: it counts from the start of the run, by Temporal's clock.
 */
export function prepareRequest(request: RefreshRequest, configured: RefreshPolicyInput): RefreshRequest {
  const { policy = {}, ...rest } = request;
  return { ...rest, policy: mergePolicies(mergePolicies(DEFAULT_POLICY, configured), policy) };
}

/** The latest of the windows that are known. Whether it is still to come the run tells, by Temporal's clock. */
export function notBeforeOf(known: readonly (string | null | undefined)[]): string | undefined {
  const latestMs = Math.max(...known.map((instant) => instantMs(instant ?? '') ?? -Infinity));
  return latestMs === -Infinity ? undefined : toInstant(latestMs);
}
