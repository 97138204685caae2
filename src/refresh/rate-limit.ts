import type { Connection } from './model/connection';
import type { RefreshState } from './state';
import type { ResolvedPolicy } from './input/parse-policy';

/**
 * Until when no call may be made, as far as is known: an earlier window, the last 429, the provider's rule.
 * @returns epoch milliseconds; `null` when no window is known.
 */
export function callAllowedAtMs(state: RefreshState): number | null {
  return latestOf([state.notBeforeMs, state.windowUntilMs, providerWindowEndMs(state)]);
}

/** The provider's own rule: so long after any aggregation, forced or automatic, and after an accepted call. */
function providerWindowEndMs({ policy, connection, aggregation, calls }: RefreshState): number | null {
  const everyMs = providerIntervalMs(connection, policy);
  if (everyMs === null) return null;
  const startMs = latestOf([
    // Meld's clock may run ahead: a timestamp cannot be younger than the moment it was first seen.
    aggregation && Math.min(aggregation.atMs, aggregation.seenAtMs),
    ...calls.map((call) => (call.answer === 'accepted' ? call.sentAtMs : null)),
  ]);
  return startMs === null ? null : startMs + everyMs;
}

/**
 * The end of the window that a 429 opens: the latest of `Retry-After` and the provider's rule, else the
 * default; never sooner than the floor, never later than the ceiling.
 * @param random from 0 to below 1: up to 10 % of the wait is added, never taken away.
 */
export function windowAfter429(
  state: RefreshState,
  retryAfterMs: number | null,
  nowMs: number,
  random: number,
): number {
  const { policy } = state;
  const leftMs = (providerWindowEndMs(state) ?? nowMs) - nowMs;
  const askedMs =
    retryAfterMs === null && leftMs <= 0
      ? // Another party's refresh opened a window that nothing tells the start of: at most a whole one from now.
        (providerIntervalMs(state.connection, policy) ?? policy.defaultRateLimitWindowMs)
      : Math.max(retryAfterMs ?? 0, leftMs);
  const waitMs = Math.max(policy.rateLimitFloorMs, askedMs);
  return nowMs + Math.min(policy.rateLimitCeilingMs, Math.ceil(waitMs * (1 + random / 10)));
}

function providerIntervalMs(connection: Connection | null, policy: ResolvedPolicy): number | null {
  return policy.forcedRefreshEveryMs.get(connection?.serviceProvider ?? '') ?? null;
}

function latestOf(instantsMs: readonly (number | null)[]): number | null {
  const known = instantsMs.filter((atMs) => atMs !== null);
  return known.length === 0 ? null : Math.max(...known);
}
