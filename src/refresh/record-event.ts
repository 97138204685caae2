import { provesFreshness } from './freshness';
import type { EvidenceEvent } from './model/product';
import type { RefreshState } from './state';

/** A webhook, as far as the core cares. `occurredAtMs` is the event's own time, by Meld's clock. */
export type RefreshEvent =
  | { readonly kind: EvidenceEvent; readonly eventId: string; readonly occurredAtMs: number }
  | { readonly kind: 'status_changed'; readonly eventId: string; readonly occurredAtMs: number };

/**
 * Takes in a webhook. One that came before is no news; one that proves something is kept as evidence;
 * any other only tells to look at the connection again.
 */
export function recordEvent(state: RefreshState, event: RefreshEvent, nowMs: number): RefreshState {
  if (state.seenEventIds.has(event.eventId)) return state;
  const next: RefreshState = { ...state, seenEventIds: new Set(state.seenEventIds).add(event.eventId) };
  if (event.kind === 'status_changed')
    return { ...next, unreadEvents: 'unexplained', lastStatusChangeMs: nowMs };

  const known = state.events[event.kind];
  const latest = known !== undefined && known.occurredAtMs >= event.occurredAtMs ? known : event;
  const proving = provesFreshness(
    event.occurredAtMs,
    state.terms.freshSinceMs,
    state.policy.clockToleranceMs,
  );
  return {
    ...next,
    events: {
      ...state.events,
      [event.kind]: { eventId: latest.eventId, occurredAtMs: latest.occurredAtMs },
    },
    unreadEvents: proving && state.unreadEvents !== 'unexplained' ? 'evidence' : 'unexplained',
  };
}
