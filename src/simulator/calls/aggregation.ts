import type { Agenda } from '../time/schedule';
import type { Announcer } from '../webhooks/publisher';
import type { Changes } from '../state/changes';
import type { ConnectionState } from '../state/connection';
import type { WebhookEvent } from '../webhooks/event';
import { inBackground } from '../time/in-background';
import { EVENTS, TRANSACTION_PRODUCTS, UNREFRESHABLE } from '../state/meld-enums';

export interface AggregationStart {
  readonly connection: ConnectionState;
  /** `null`: all of the connection's. */
  readonly products: readonly string[] | null;
  readonly afterMs: number;
  /** `fails`: it brings neither data nor webhooks. */
  readonly result: 'lands' | 'fails';
  readonly staleByMs: number | null;
}

export interface Aggregations {
  /** Resolves when the aggregation has ended and its webhooks had their first attempts. Never rejects. */
  start(aggregation: AggregationStart): Promise<void>;
}

export function makeAggregations(deps: {
  readonly now: () => number;
  readonly agenda: Agenda;
  readonly announcer: Announcer;
  readonly changes: Changes;
}): Aggregations {
  const { now, agenda, announcer, changes } = deps;

  /** The moment counts, not the order of landing: an older aggregation takes nothing back. */
  const land = (connection: ConnectionState, atMs: number): void => {
    connection.aggregatedAtMs = Math.max(connection.aggregatedAtMs ?? atMs, atMs);
    changes.announce();
  };

  return {
    start({ connection, products, afterMs, result, staleByMs }) {
      const startedMs = now();
      const { first, last } = eventTypes(products ?? connection.products);
      const make = (types: readonly string[], atMs: number): WebhookEvent[] =>
        types.map((type) => announcer.event(connection, type, atMs));

      if (staleByMs !== null) {
        inBackground(announcer.send(connection, make([...first, ...last], startedMs - staleByMs)));
      }
      if (result === 'fails') return Promise.resolve();

      const opening = make(first, startedMs);
      // Out of order they can only come together.
      const together = connection.plan.delivery.order === 'shuffled';
      if (!together) inBackground(announcer.send(connection, opening));
      return new Promise((resolve) => {
        agenda.add({
          subject: connection.id,
          afterMs,
          run(atMs) {
            const lost = UNREFRESHABLE.has(connection.status);
            if (!lost) land(connection, atMs);
            const events = lost ? [] : [...(together ? opening : []), ...make(last, atMs)];
            inBackground(announcer.send(connection, events).then(resolve));
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
