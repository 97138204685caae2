import { z } from 'zod';
import { clip } from '../clip';
import type { EventMessage } from '../../refresh/model/event';
import { isConnectionId } from '../../refresh/model/connection-id';
import { describeIssues } from '../describe-issues';
import { parseJson } from '../http/meld-reply';
import { normalizedInstant } from '../instant';

/** What a webhook means for refreshes. Every text is clipped to 200 bytes. */
type ParsedWebhook =
  | {
      readonly kind: 'refresh_event';
      readonly eventType: string;
      readonly connectionId: string;
      readonly message: EventMessage;
    }
  /** Well formed, and nothing that a refresh waits for. */
  | { readonly kind: 'ignored'; readonly eventType: string; readonly reason: string }
  /** Nothing can be made of it, however often it is delivered. */
  | { readonly kind: 'unreadable'; readonly reason: string };

// HISTORICAL_TRANSACTIONS_AGGREGATED is missing on purpose: history says nothing about new transactions.
const SIGNALS: ReadonlyMap<string, EventMessage['signal']> = new Map([
  ['BANK_LINKING_ACCOUNTS_UPDATED', 'accountsUpdated'],
  ['BANK_LINKING_TRANSACTIONS_AGGREGATED', 'transactionsAggregated'],
  ['BANK_LINKING_CONNECTION_STATUS_CHANGE', 'connectionStatusChanged'],
  ['BANK_LINKING_CONNECTION_DELETED', 'connectionStatusChanged'],
  ['BANK_LINKING_CONNECTION_COMPLETED', 'connectionStatusChanged'],
  ['BANK_LINKING_CUSTOMER_ACTION_REQUIRED', 'connectionStatusChanged'],
]);

const typed = z.object({ eventType: z.string().min(1) });

/** A status that is no text is as good as none. */
const optionalStatus = z.string().optional().catch(undefined);

const envelope = z.object({
  // One without an id cannot be told from another delivery of it, which costs a read.
  eventId: z.string().catch(''),
  // An event of unknown age proves nothing, but it is news all the same: the run reads the connection again.
  timestamp: z
    .string()
    .catch('')
    .transform((text) => normalizedInstant(text) ?? clip(text)),
  payload: z.object({
    connectionId: z.string().refine(isConnectionId, 'expected 1 to 128 of A-Z a-z 0-9 _ -'),
    newStatus: optionalStatus,
    // Meld does not document the old status's name.
    oldStatus: optionalStatus,
    previousStatus: optionalStatus,
  }),
});

/**
 * Reads a webhook whose signature has been verified. Never throws.
 * Types that no refresh waits for are ignored whatever else they hold: Meld sends its other products' events,
 * and its test events, to the same URL.
 */
export function parseWebhookEvent(rawBody: Uint8Array | string): ParsedWebhook {
  const text = typeof rawBody === 'string' ? rawBody : new TextDecoder().decode(rawBody);
  const body = parseJson(text.replace(/^\uFEFF/, ''));
  if (body === undefined) return { kind: 'unreadable', reason: 'the body is no JSON' };
  const head = typed.safeParse(body);
  if (!head.success) return { kind: 'unreadable', reason: clip(describeIssues(head.error)) };
  const eventType = clip(head.data.eventType);
  const signal = SIGNALS.get(head.data.eventType);
  if (signal === undefined) {
    return { kind: 'ignored', eventType, reason: 'no refresh waits for this type of event' };
  }
  const parsed = envelope.safeParse(body);
  if (!parsed.success) return { kind: 'unreadable', reason: clip(describeIssues(parsed.error)) };
  const { connectionId } = parsed.data.payload;
  return { kind: 'refresh_event', eventType, connectionId, message: toMessage(signal, parsed.data) };
}

function toMessage(signal: EventMessage['signal'], event: z.output<typeof envelope>): EventMessage {
  const facts = { eventId: clip(event.eventId), occurredAt: event.timestamp };
  if (signal !== 'connectionStatusChanged') return { signal, payload: facts };
  const { newStatus, oldStatus = event.payload.previousStatus } = event.payload;
  const payload = {
    ...facts,
    ...(oldStatus !== undefined && { oldStatus: clip(oldStatus) }),
    ...(newStatus !== undefined && { newStatus: clip(newStatus) }),
  };
  return { signal, payload };
}
