import type { Schedule } from '../time/schedule';
import type { EventPublisher } from '../webhooks/publisher';
import type { ChangeSignal } from '../state/change-signal';
import type { ConnectionState } from '../state/connection';
import type { WebhookEvent } from '../webhooks/event';
import { inBackground } from '../time/in-background';
import { EVENTS, TRANSACTION_PRODUCTS, UNREFRESHABLE } from '../state/meld-enums';

export interface AggregationStart {
  readonly connection: ConnectionState;
  /** Default `null`: all of the connection's. */
  readonly products?: readonly string[] | null;
  readonly afterMs: number;
  /** Default `lands`; `fails`: it brings neither data nor webhooks. */
  readonly result?: 'lands' | 'fails';
  /** Default `null`: no events of an earlier aggregation come first. */
  readonly staleByMs?: number | null;
}

export type Aggregations = ReturnType<typeof makeAggregations>;

export function makeAggregations(deps: {
  readonly now: () => number;
  readonly schedule: Schedule;
  readonly publisher: EventPublisher;
  readonly changeSignal: ChangeSignal;
}) {
  const { now, schedule, publisher, changeSignal } = deps;

  /** The moment counts, not the order of landing: an older aggregation takes nothing back. */
  const land = (connection: ConnectionState, atMs: number): void => {
    connection.aggregatedAtMs = Math.max(connection.aggregatedAtMs ?? atMs, atMs);
    changeSignal.notify();
  };

  return {
    /** Resolves when the aggregation has ended and its webhooks had their first attempts. Never rejects. */
    start(aggregation: AggregationStart): Promise<void> {
      const { connection, products = null, afterMs, result = 'lands', staleByMs = null } = aggregation;
      const startedMs = now();
      const { first, last } = eventTypes(products ?? connection.products);
      const make = (types: readonly string[], atMs: number): WebhookEvent[] =>
        types.map((type) => publisher.event(connection, type, atMs));

      if (staleByMs !== null) {
        inBackground(publisher.send(connection, make([...first, ...last], startedMs - staleByMs)));
      }
      if (result === 'fails') return Promise.resolve();

      const opening = make(first, startedMs);
      // Out of order they can only come together.
      const together = connection.plan.delivery.order === 'shuffled';
      if (!together) inBackground(publisher.send(connection, opening));
      return new Promise((resolve) => {
        schedule.add({
          key: connection.id,
          afterMs,
          run(atMs) {
            const lost = UNREFRESHABLE.has(connection.status);
            if (!lost) land(connection, atMs);
            const events = lost ? [] : [...(together ? opening : []), ...make(last, atMs)];
            inBackground(publisher.send(connection, events).then(resolve));
          },
          givenUp: resolve,
        });
      });
    },
  };
}

/** The events of an aggregation: those of its start, and those of its end in Meld's order. */
function eventTypes(products: readonly string[]): { first: string[]; last: string[] } {
  const accounts = products.some((product) => !TRANSACTION_PRODUCTS.has(product));
  const transactions = products.some((product) => TRANSACTION_PRODUCTS.has(product));
  return {
    first: accounts ? [EVENTS.accountsUpdating] : [],
    last: [
      ...(accounts ? [EVENTS.accountsUpdated] : []),
      ...(transactions ? [EVENTS.transactionsAggregated] : []),
    ],
  };
}
