import type { Meld } from '../meld';
import { inBackground } from '../state/clock';
import type { ConnectionState } from '../state/connection';
import { EVENTS, TRANSACTION_PRODUCTS, UNREFRESHABLE } from '../state/meld-enums';
import { makeEvent, sendEvents, type WebhookEvent } from '../webhooks/events';

interface Aggregation {
  readonly afterMs: number;
  /** Default `null`: all of the connection's. */
  readonly products?: readonly string[] | null;
  /** Default `lands`; `fails`: it brings neither data nor webhooks. */
  readonly result?: 'lands' | 'fails';
  /** Default `null`: no events of an earlier aggregation come first. */
  readonly staleByMs?: number | null;
}

/** Resolves when the aggregation has ended and its webhooks had their first attempts. Never rejects. */
export function aggregate(
  meld: Meld,
  connection: ConnectionState,
  { afterMs, products = null, result = 'lands', staleByMs = null }: Aggregation,
): Promise<void> {
  const startedMs = meld.now();
  const { first, last } = eventTypes(products ?? connection.products);
  const make = (types: readonly string[], atMs: number): WebhookEvent[] =>
    types.map((type) => makeEvent(meld, connection, type, atMs));
  const send = (events: readonly WebhookEvent[]): Promise<void> => sendEvents(meld, connection, events);

  if (staleByMs !== null) inBackground(send(make([...first, ...last], startedMs - staleByMs)));
  if (result === 'fails') return Promise.resolve();

  const opening = make(first, startedMs);
  // Out of order they can only come together.
  const together = connection.plan.delivery.order === 'shuffled';
  if (!together) inBackground(send(opening));
  return new Promise((resolve) => {
    const land = (atMs: number): void => {
      if (UNREFRESHABLE.has(connection.status)) {
        inBackground(send([]).then(resolve));
        return;
      }
      // The moment counts, not the order of landing: an older aggregation takes nothing back.
      connection.aggregatedAtMs = Math.max(connection.aggregatedAtMs ?? atMs, atMs);
      meld.changeSignal.notify();
      inBackground(send([...(together ? opening : []), ...make(last, atMs)]).then(resolve));
    };
    meld.clock.plan(connection.planned, afterMs, land, resolve);
  });
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
