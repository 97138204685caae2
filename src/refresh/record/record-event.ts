import { callsSent, isFromTheFuture } from '../freshness';
import type { EvidenceEvent } from '../model/product';
import type { RefreshState, SeenEvent } from '../state';

/** A webhook, as far as the core cares. `occurredAtMs` is the event's own time, by Meld's clock. */
export interface RefreshEvent {
  readonly kind: EvidenceEvent | 'status_changed';
  readonly eventId: string;
  /** `-Infinity` when its time cannot be read: it proves nothing, and still asks for a read. */
  readonly occurredAtMs: number;
}

/** 20: several aggregations' worth; older ones prove nothing that a later one does not. */
const MOST_EVENTS = 20;

/**
 * Applies webhook events. Duplicates (by `eventId`) are ignored; one that may prove something is kept; any other only
 * asks for a read of the connection.
 */
export function recordEvents(
  state: RefreshState,
  events: readonly RefreshEvent[],
  nowMs: number,
): RefreshState {
  const seenIds = new Set(state.events.seenIds);
  let next = state.events;
  const callsBefore = callsSent(state.calls);
  for (const event of events) {
    const { eventId, occurredAtMs } = event;
    if (seenIds.has(eventId)) continue;
    seenIds.add(eventId);
    if (event.kind === 'status_changed') {
      next = { ...next, unread: 'other', lastStatusChangeMs: nowMs };
      continue;
    }
    const proving =
      event.occurredAtMs >= state.terms.freshSinceMs - state.policy.clockToleranceMs &&
      !isFromTheFuture(event.occurredAtMs, nowMs, state.policy);
    next = {
      ...next,
      seen: Number.isFinite(event.occurredAtMs)
        ? {
            ...next.seen,
            [event.kind]: latestFirst(next.seen[event.kind], {
              eventId,
              occurredAtMs,
              arrivedAtMs: nowMs,
              callsBefore,
            }),
          }
        : next.seen,
      unread: proving && next.unread !== 'other' ? 'evidence' : 'other',
    };
  }
  return { ...state, events: { ...next, seenIds } };
}

function latestFirst(known: readonly SeenEvent[], event: SeenEvent): readonly SeenEvent[] {
  return [...known, event].sort((a, b) => b.occurredAtMs - a.occurredAtMs).slice(0, MOST_EVENTS);
}
