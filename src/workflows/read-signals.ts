import { durationMs } from '../refresh/duration';
import { instantMs } from '../refresh/instant';
import type { RefreshEvent } from '../refresh/record-news';
import { readRequest } from '../refresh/read-request';
import type { Join } from '../refresh/state';
import type { EventSignal, JoinSignal } from './messages';

/** A webhook as the core takes it. One whose time cannot be read proves nothing, and still is news. */
export function readEvent(kind: RefreshEvent['kind'], signal: EventSignal): RefreshEvent {
  return {
    kind,
    eventId: String(signal.eventId),
    occurredAtMs: instantMs(String(signal.occurredAt)) ?? -Infinity,
  };
}

/**
 * Another caller's request as the core takes it.
 * @returns `null` for one that is not well-formed: it must not harm the refresh that others wait for.
 */
export function readJoin(connectionId: string, signal: JoinSignal): Join | null {
  const { joinId, requestedAt, ...wishes } = signal;
  const requestedAtMs = instantMs(String(requestedAt));
  if (requestedAtMs === null) return null;
  try {
    const { products, freshSince, giveUpAfter, onRateLimit, maxCharges } = readRequest({
      connectionId,
      ...wishes,
    });
    return {
      joinId: String(joinId),
      requestedAtMs,
      products: products ?? null,
      freshSinceMs: freshSince === undefined ? null : instantMs(freshSince),
      giveUpAfterMs: giveUpAfter === undefined ? null : durationMs(giveUpAfter),
      onRateLimit: onRateLimit ?? 'wait',
      maxCharges: maxCharges ?? null,
    };
  } catch {
    return null;
  }
}
