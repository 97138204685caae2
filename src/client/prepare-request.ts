import { instantMs, toInstant } from '../refresh/model/instant';
import { mergePolicies } from '../refresh/input/parse-policy';
import { DEFAULT_POLICY } from '../refresh/model/policy';
import type { RefreshPolicyInput } from '../refresh/model/policy';
import type { RefreshRequest } from '../refresh/model/request';

/**
 * The request as the workflow gets it: with the whole policy, so that it depends on no configuration and no build.
 * `maxAge` stays: it counts from the start of the run, by Temporal's clock.
 */
export function prepareRequest(request: RefreshRequest, configured: RefreshPolicyInput): RefreshRequest {
  const { policy = {}, ...rest } = request;
  return { ...rest, policy: mergePolicies(mergePolicies(DEFAULT_POLICY, configured), policy) };
}

/** The later of the windows that the caller and the latest run know of, as far as it is still to come. */
export function notBeforeOf(
  requested: string | undefined,
  remembered: string | null | undefined,
  nowMs: number,
): string | undefined {
  const latestMs = Math.max(
    ...[requested, remembered].map((instant) => (instant ? (instantMs(instant) ?? 0) : 0)),
  );
  return latestMs > nowMs ? toInstant(latestMs) : undefined;
}
