import { isObject } from '../refresh/input/checks';
import { instantMs } from '../refresh/model/instant';
import type { RefreshEvent } from '../refresh/record/record-event';

// Anyone with access to the namespace can signal, by hand too. A handler that threw would stop the run for good, and a
// message that Temporal has acknowledged is not dropped for its form.

/**
 * A webhook as the core takes it. One whose time cannot be read proves nothing, and still asks for a read; one without
 * an `eventId` cannot be told from a duplicate, and counts every time.
 * @param position of the signal in the run, in place of an id
 */
export function parseEvent(
  kind: RefreshEvent['kind'],
  signal: unknown,
  position: number,
): { readonly event: RefreshEvent; readonly problem: string | null } {
  const fields: Readonly<Record<string, unknown>> = isObject(signal) ? signal : {};
  const { eventId, occurredAt } = fields;
  const occurredAtMs = typeof occurredAt === 'string' ? instantMs(occurredAt) : null;
  const isNamed = typeof eventId === 'string' && eventId !== '';
  const problem = !isNamed
    ? 'no eventId'
    : occurredAtMs === null
      ? 'occurredAt is no RFC 3339 instant'
      : null;
  return {
    event: {
      kind,
      eventId: isNamed ? eventId : `signal ${position}`,
      occurredAtMs: occurredAtMs ?? -Infinity,
    },
    problem: problem && `${kind}: ${problem}`,
  };
}
