import type { ChangeSignal } from '../state/change-signal';
import type { ConnectionState } from '../state/connection';
import type { MakeEvent, WebhookEvent } from './event';
import { inBackground } from '../time/in-background';
import type { Outbox } from './outbox';
import { EVENTS } from '../state/meld-enums';

export interface StatusChange {
  readonly status: string;
  readonly statusReason: string | null;
}

export type EventPublisher = ReturnType<typeof makeEventPublisher>;

export function makeEventPublisher(deps: {
  readonly makeEvent: MakeEvent;
  readonly outbox: Outbox;
  readonly changeSignal: ChangeSignal;
}) {
  const { makeEvent, outbox, changeSignal } = deps;

  /** Sends by the connection's own delivery plan; resolves after the first attempts. */
  const send = (connection: ConnectionState, events: readonly WebhookEvent[]): Promise<void> =>
    outbox.send({ events, connectionId: connection.id, plan: connection.plan.delivery });

  return {
    /** An event of that moment, not sent yet. */
    event: (connection: ConnectionState, eventType: string, atMs: number) =>
      makeEvent({ eventType, connection, atMs }),
    send,
    /** Changes the status, and tells it. `before` is sent first, in the same batch. */
    changeStatus(
      connection: ConnectionState,
      { status, statusReason }: StatusChange,
      atMs: number,
      before: readonly WebhookEvent[] = [],
    ): void {
      const { status: oldStatus, statusReason: oldStatusReason } = connection;
      connection.status = status;
      connection.statusReason = statusReason;
      changeSignal.notify();
      const payload = { oldStatus, oldStatusReason, newStatus: status, newStatusReason: statusReason };
      const event =
        status === 'DELETED'
          ? makeEvent({ eventType: EVENTS.deleted, connection, atMs })
          : makeEvent({ eventType: EVENTS.statusChange, connection, atMs, payload });
      inBackground(send(connection, [...before, event]));
    },
  };
}
