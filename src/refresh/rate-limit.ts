import type { Connection } from './model/connection';
import { toInstant, toReadable } from './model/instant';
import type { ResolvedPolicy } from './input/parse-policy';
import type { RefreshState } from './state';
import { finish, wait, type Decision } from './step';

/**
 * A call is due inside a known window: wait it out, or return when the caller will not wait, the deadline comes first,
 * the window is longer than is ever waited for, or Meld has limited this run too often. `null` outside a window.
 */
export function respectWindow(state: RefreshState, nowMs: number): Decision | null {
  const { terms, policy, calls } = state;
  const endMs = callAllowedAtMs(state);
  if (endMs === null || endMs <= nowMs) return null;
  const worthIt =
    terms.onRateLimit === 'wait' &&
    endMs < terms.deadlineMs &&
    endMs - nowMs <= policy.rateLimitCeilingMs &&
    calls.rateLimitHits <= policy.maxRateLimitWaits;
  return worthIt
    ? wait('waiting_for_window', endMs, `no call before ${toReadable(endMs)}, with up to 10 % of jitter`)
    : rateLimited(endMs);
}

export function rateLimited(endMs: number): Decision {
  return finish({ outcome: 'rate_limited', nextAllowedAt: toInstant(endMs) });
}

/**
 * Until when no call may be made, as far as is known: an earlier window, the last 429, the provider's rule.
 * @returns epoch milliseconds; `null` when no window is known.
 */
export function callAllowedAtMs(state: RefreshState): number | null {
  const { notBeforeMs, windowUntilMs } = state.calls;
  return latestOf([notBeforeMs, windowUntilMs, providerWindowEndMs(state)]);
}

/**
 * The end of the window that a 429 opens: the latest of `Retry-After` and the provider's rule, else the default;
 * never sooner than the floor.
 * @param random from 0 to below 1: up to 10 % of the wait is added, never taken away.
 */
export function windowAfter429(
  state: RefreshState,
  retryAfterMs: number | null,
  nowMs: number,
  random: number,
): number {
  const { policy, connection } = state;
  const leftMs = (providerWindowEndMs(state) ?? nowMs) - nowMs;
  const askedMs =
    retryAfterMs === null && leftMs <= 0
      ? // Another party's refresh opened a window that nothing tells the start of: at most a whole one from now.
        (providerIntervalMs(connection.latest, policy) ?? policy.defaultRateLimitWindowMs)
      : Math.max(retryAfterMs ?? 0, leftMs);
  const waitMs = Math.max(policy.rateLimitFloorMs, askedMs);
  // Beyond the ceiling nobody waits: the instant that is returned is the true one, and jitter leads none beyond it.
  const jitteredMs = Math.min(Math.ceil(waitMs * (1 + random / 10)), policy.rateLimitCeilingMs);
  return nowMs + Math.max(waitMs, jitteredMs);
}

/** The provider's own rule: so long after any aggregation, forced or automatic, and after an accepted call. */
function providerWindowEndMs({ policy, connection, calls }: RefreshState): number | null {
  const everyMs = providerIntervalMs(connection.latest, policy);
  if (everyMs === null) return null;
  const { aggregation, aheadSeenAtMs } = connection;
  const startMs = latestOf([
    // Meld's clock may run ahead: a timestamp cannot be younger than the moment it was first seen.
    aggregation && Math.min(aggregation.atMs, aggregation.seenAtMs),
    aheadSeenAtMs,
    ...calls.made.map((call) => (call.answer === 'accepted' ? call.leftByMs : null)),
  ]);
  return startMs === null ? null : startMs + everyMs;
}

function providerIntervalMs(connection: Connection | null, policy: ResolvedPolicy): number | null {
  return policy.forcedRefreshEveryMs.get(connection?.serviceProvider ?? '') ?? null;
}

function latestOf(instantsMs: readonly (number | null)[]): number | null {
  const known = instantsMs.filter((atMs) => atMs !== null);
  return known.length === 0 ? null : Math.max(...known);
}
