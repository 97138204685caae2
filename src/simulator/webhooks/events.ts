import type { Meld } from '../meld';
import { inBackground, toInstant } from '../state/clock';
import { providerDetails, type ConnectionState } from '../state/connection';
import { EVENTS } from '../state/meld-enums';

/** The webhook envelope. Its JSON text is made once, so every copy and retry carries the same bytes. */
export interface WebhookEvent {
  readonly eventType: string;
  readonly eventId: string;
  readonly timestamp: string;
  readonly accountId: string;
  readonly profileId: string | null;
  readonly version: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Beyond what every event of its connection says. */
interface Details {
  readonly eventId?: string | undefined;
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
}

/** An event of that moment, not sent yet. */
export function makeEvent(
  { random, accountId }: Meld,
  connection: ConnectionState | null,
  eventType: string,
  atMs: number,
  { eventId = random.id(), payload }: Details = {},
): WebhookEvent {
  return {
    eventType,
    eventId,
    timestamp: toInstant(atMs),
    accountId,
    profileId: null,
    version: '2023-12-19',
    payload: {
      ...(connection && {
        connectionId: connection.id,
        customerId: connection.customerId,
        externalCustomerId: connection.externalCustomerId,
        institutionId: connection.institutionId,
        institutionName: connection.institutionName,
        serviceProviderDetails: providerDetails(connection),
      }),
      requestId: random.id(),
      ...payload,
    },
  };
}

/** Sends by the connection's own delivery plan; resolves after the first attempts. Never rejects. */
export function sendEvents(
  { outbox }: Meld,
  connection: ConnectionState,
  events: readonly WebhookEvent[],
): Promise<void> {
  return outbox.send(events, connection.id, connection.plan.delivery);
}

/** Changes the status, and tells it. `before` is sent first, in the same batch. */
export function changeStatus(
  meld: Meld,
  connection: ConnectionState,
  { status, statusReason }: Pick<ConnectionState, 'status' | 'statusReason'>,
  atMs = meld.now(),
  before: readonly WebhookEvent[] = [],
): void {
  const { status: oldStatus, statusReason: oldStatusReason } = connection;
  connection.status = status;
  connection.statusReason = statusReason;
  meld.changeSignal.notify();
  const payload = { oldStatus, oldStatusReason, newStatus: status, newStatusReason: statusReason };
  const event =
    status === 'DELETED'
      ? makeEvent(meld, connection, EVENTS.deleted, atMs)
      : makeEvent(meld, connection, EVENTS.statusChange, atMs, { payload });
  inBackground(sendEvents(meld, connection, [...before, event]));
}
