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

export interface EventPublisher {
  /** An event of that moment, not sent yet. */
  event(connection: ConnectionState, eventType: string, atMs: number): WebhookEvent;
  /** Sends by the connection's own delivery plan; resolves after the first attempts. */
  send(connection: ConnectionState, events: readonly WebhookEvent[]): Promise<void>;
  /** Changes the status, and tells it. `before` is sent first, in the same batch. */
  changeStatus(
    connection: ConnectionState,
    change: StatusChange,
    atMs: number,
    before?: readonly WebhookEvent[],
  ): void;
}

export function makeEventPublisher(deps: {
  readonly makeEvent: MakeEvent;
  readonly outbox: Outbox;
  readonly changeSignal: ChangeSignal;
}): EventPublisher {
  const { makeEvent, outbox, changeSignal } = deps;

  const send: EventPublisher['send'] = (connection, events) =>
    outbox.send({ events, connectionId: connection.id, plan: connection.plan.delivery });

  return {
    event: (connection, eventType, atMs) => makeEvent({ eventType, connection, atMs }),
    send,
    changeStatus(connection, { status, statusReason }, atMs, before = []) {
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
