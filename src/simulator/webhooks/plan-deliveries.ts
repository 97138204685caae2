import type { WebhookEvent } from './event';
import type { DeliveryPlan } from '../scenarios/plan';
import type { Random } from '../state/random';

/** In which order, how often and whether at all the events of one batch are sent. */
export function planDeliveries(
  events: readonly WebhookEvent[],
  { order, copies, dropChance, dropTypes }: DeliveryPlan,
  random: Random,
) {
  return (order === 'shuffled' ? outOfOrder(events, random) : events)
    .flatMap((event) => Array.from({ length: copies }, () => event))
    .map((event) => ({
      event,
      deliver: !dropTypes.includes(event.eventType) && random.next() >= dropChance,
    }));
}

/** A shuffle may keep the order by chance; the plan asked for another one. */
function outOfOrder(events: readonly WebhookEvent[], random: Random): readonly WebhookEvent[] {
  const shuffled = random.shuffled(events);
  return shuffled.every((event, index) => event === events[index]) ? shuffled.reverse() : shuffled;
}
