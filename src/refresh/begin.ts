import { durationMs } from './model/duration';
import { instantMs } from './model/instant';
import type { RefreshRequest } from './model/request';
import { resolvePolicy } from './input/parse-policy';
import type { RefreshState } from './state';

/**
 * The state of a refresh that was just asked for.
 * @param request checked by `readRequest`
 * @param nowMs the moment of the request: the default for `freshSince`, and what the deadline counts from
 */
export function initialState(request: RefreshRequest, nowMs: number): RefreshState {
  const policy = resolvePolicy(request.policy);
  return {
    connectionId: request.connectionId,
    requestedAtMs: nowMs,
    policy,
    terms: {
      allProducts: request.products === undefined,
      products: request.products ?? [],
      freshSinceMs: freshSinceMs(request, nowMs),
      deadlineMs: nowMs + (optionalDurationMs(request.giveUpAfter) ?? policy.giveUpAfterMs),
      onRateLimit: request.onRateLimit ?? 'wait',
      onRepair: request.onRepair ?? 'return',
      maxCharges: request.maxCharges ?? policy.maxCharges,
    },
    notBeforeMs: optionalInstantMs(request.notBefore),
    connection: null,
    aggregatedBeforeMs: null,
    aggregation: null,
    readBeganMs: null,
    failure: null,
    readSinceWait: false,
    unreadEvents: 'none',
    events: {},
    lastStatusChangeMs: null,
    seenEventIds: new Set(),
    calls: [],
    waiting: { for: 'nothing' },
    pollAtMs: Infinity,
    polls: 0,
    windowUntilMs: null,
    rateLimitHits: 0,
    failures: 0,
    conflicts: 0,
    seenJoinIds: new Set(),
    pendingJoins: [],
  };
}

function freshSinceMs({ freshSince, maxAge }: RefreshRequest, nowMs: number): number {
  const ageMs = optionalDurationMs(maxAge);
  return ageMs === null ? (optionalInstantMs(freshSince) ?? nowMs) : nowMs - ageMs;
}

function optionalInstantMs(instant: string | undefined): number | null {
  return instant === undefined ? null : instantMs(instant);
}

function optionalDurationMs(duration: string | undefined): number | null {
  return duration === undefined ? null : durationMs(duration);
}
