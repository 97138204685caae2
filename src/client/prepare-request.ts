import { durationMs } from '../refresh/model/duration';
import { instantMs, toInstant } from '../refresh/model/instant';
import { mergePolicies } from '../refresh/input/parse-policy';
import type { RefreshPolicyInput } from '../refresh/model/policy';
import type { RefreshRequest } from '../refresh/model/request';

/**
 * The request as the workflow gets it: it depends on no configuration and no later clock any more.
 * Without `freshSince` and `maxAge` there is no `freshSince`: the start of the run is the default.
 */
export function prepareRequest(
  request: RefreshRequest,
  configured: RefreshPolicyInput,
  nowMs: number,
): Omit<RefreshRequest, 'maxAge'> {
  const { maxAge, policy: own, ...rest } = request;
  const policy = mergePolicies(configured, own ?? {});
  const maxAgeMs = maxAge === undefined ? null : durationMs(maxAge);
  return {
    ...rest,
    ...(maxAgeMs !== null && { freshSince: toInstant(Math.max(0, nowMs - maxAgeMs)) }),
    ...(Object.keys(policy).length > 0 && { policy }),
  };
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
