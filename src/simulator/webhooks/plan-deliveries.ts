import type { WebhookEvent } from './event';
import type { DeliveryPlan } from '../scenarios/plan';
import type { Random } from '../state/random';

export interface Arranged {
  readonly event: WebhookEvent;
  readonly fate: 'deliver' | 'drop';
}

/** In which order, how often and whether at all the events of one happening are sent. */
export function arrangeDeliveries(
  events: readonly WebhookEvent[],
  { order, copies, dropChance, dropTypes }: DeliveryPlan,
  random: Random,
): Arranged[] {
  return (order === 'shuffled' ? outOfOrder(events, random) : events)
    .flatMap((event) => Array.from({ length: copies }, () => event))
    .map((event) => {
      const dropped = dropTypes.includes(event.eventType) || random.next() < dropChance;
      return { event, fate: dropped ? 'drop' : 'deliver' };
    });
}

/** A shuffle may happen to keep the order; whoever asked for another one gets another one. */
function outOfOrder(events: readonly WebhookEvent[], random: Random): readonly WebhookEvent[] {
  const shuffled = random.shuffled(events);
  return shuffled.every((event, index) => event === events[index]) ? shuffled.reverse() : shuffled;
}
