import { durationMs } from '../refresh/model/duration';
import { instantMs } from '../refresh/model/instant';
import type { RefreshEvent } from '../refresh/record-event';
import { parseRequest } from '../refresh/input/parse-request';
import type { Join } from '../refresh/state';

// Anyone with access to the namespace can signal, by hand too. A handler that threw would stop the run for
// good, so whatever does not read as a message is left out.

/**
 * A webhook as the core takes it. One whose time cannot be read proves nothing, and still is news.
 * @returns `null` when it has no `eventId`.
 */
export function parseEvent(kind: RefreshEvent['kind'], signal: unknown): RefreshEvent | null {
  const { eventId, occurredAt } = fieldsOf(signal);
  if (typeof eventId !== 'string') return null;
  const occurredAtMs = typeof occurredAt === 'string' ? instantMs(occurredAt) : null;
  return { kind, eventId, occurredAtMs: occurredAtMs ?? -Infinity };
}

/** Another caller's request as the core takes it; `null` when it does not read as one. */
export function parseJoin(connectionId: string, signal: unknown): Join | null {
  const { joinId, requestedAt, ...wishes } = fieldsOf(signal);
  const requestedAtMs = typeof requestedAt === 'string' ? instantMs(requestedAt) : null;
  if (typeof joinId !== 'string' || requestedAtMs === null) return null;
  try {
    const request = parseRequest({ ...wishes, connectionId });
    const { products, freshSince, giveUpAfter, onRateLimit, onRepair, maxCharges } = request;
    return {
      joinId,
      requestedAtMs,
      products: products ?? null,
      freshSinceMs: freshSince === undefined ? null : instantMs(freshSince),
      giveUpAfterMs: giveUpAfter === undefined ? null : durationMs(giveUpAfter),
      onRateLimit: onRateLimit ?? 'wait',
      onRepair: onRepair ?? 'return',
      maxCharges: maxCharges ?? null,
    };
  } catch {
    return null;
  }
}

function fieldsOf(signal: unknown): Readonly<Record<string, unknown>> {
  return typeof signal === 'object' && signal !== null ? { ...signal } : {};
}
