import type { Dispatcher } from 'undici';
import type { DeliveryPlan } from '../scenarios/plan';
import type { ChangeSignal } from '../state/change-signal';
import { inBackground, toInstant, type Clock } from '../state/clock';
import type { Profiles } from '../state/profiles';
import type { Random } from '../state/random';
import type { WebhookEvent } from './events';
import { postWebhook, type PostResult } from './post-webhook';
import { signWebhook } from './sign-webhook';

interface Attempt {
  /** The signature's timestamp. */
  readonly at: string;
  readonly result: PostResult;
}

/** One event on its way to one profile; a duplicated event has one for each copy. */
export interface Delivery {
  readonly event: WebhookEvent;
  readonly connectionId: string | null;
  readonly url: string;
  /** `dropped`: never sent, by plan. `gave_up`: three days of retries are over. */
  readonly state: 'pending' | 'delivered' | 'gave_up' | 'dropped';
  readonly attempts: readonly Attempt[];
}

/** A delivery under way, and what sending it takes. */
interface Running {
  readonly delivery: { -readonly [K in keyof Delivery]: Delivery[K] };
  readonly body: string;
  readonly profileId: string;
}

export interface OutboxOptions {
  readonly signingNow: () => number;
  readonly timeScale: number;
  readonly webhookTimeoutMs: number;
  readonly dispatcher: Dispatcher;
}

interface OutboxDeps extends OutboxOptions {
  readonly profiles: Profiles;
  readonly random: Random;
  readonly clock: Clock;
  readonly changeSignal: ChangeSignal;
}

const MINUTE_MS = 60_000;
/** Within three days: after 1, 2, 4 … 32 minutes, then hourly ("Webhooks retries"). */
const RETRIES = 76;

/** How long Meld waits before the n-th retry of a webhook, unscaled; `null`: it has given up. */
export const retryGapMs = (n: number): number | null =>
  n > RETRIES ? null : MINUTE_MS * Math.min(2 ** (n - 1), 60);

export function makeOutbox(deps: OutboxDeps) {
  const { profiles, random, clock, changeSignal, dispatcher } = deps;
  let log = new Set<Running>();
  /** One lane per connection: a later event does not overtake an earlier one unless the plan says so. */
  const lanes = new Map<string | null, Promise<void>>();
  /** A reset came while it was under way. */
  const isObsolete = (running: Running): boolean => !log.has(running);

  const attempt = async (running: Running): Promise<void> => {
    if (isObsolete(running)) return;
    const { delivery, body, profileId } = running;
    const { secret, url, deliverTo } = profiles.get(profileId);
    const at = toInstant(deps.signingNow(), random.below(1000));
    const retry = delivery.attempts.length;
    const previous = delivery.attempts.at(-1);
    const headers = {
      'content-type': 'application/json',
      'meld-signature': signWebhook({ secret, timestamp: at, url, body }),
      'meld-signature-timestamp': at,
      ...(previous && { 'meld-retry-count': String(retry), 'meld-retry-reason': previous.result }),
    };
    const result = await postWebhook(deliverTo, { headers, body, dispatcher }, deps.webhookTimeoutMs);
    if (isObsolete(running)) return;
    delivery.attempts = [...delivery.attempts, { at, result }];
    const gapMs = retryGapMs(retry + 1);
    if (result === 'ok') delivery.state = 'delivered';
    else if (gapMs === null) delivery.state = 'gave_up';
    else clock.after(gapMs * deps.timeScale, () => inBackground(attempt(running)));
    changeSignal.notify();
  };

  const sendAll = async (
    events: readonly WebhookEvent[],
    connectionId: string | null,
    plan: DeliveryPlan,
  ): Promise<void> => {
    const mine = log;
    for (const [index, { event, deliver }] of planDeliveries(events, plan, random).entries()) {
      await clock.sleep(index === 0 ? plan.delayMs : plan.gapMs);
      if (mine !== log) return;
      const state = deliver ? 'pending' : 'dropped';
      const entered = profiles
        .all()
        .filter(({ eventTypes }) => eventTypes.length === 0 || eventTypes.includes(event.eventType))
        .map(({ id, url }): Running => ({
          delivery: { event, connectionId, url, state, attempts: [] },
          body: JSON.stringify(event),
          profileId: id,
        }));
      for (const running of entered) log.add(running);
      changeSignal.notify();
      if (deliver) await Promise.all(entered.map(attempt));
    }
  };

  return {
    /** Sends the events of one aggregation or change; resolves when each had its first attempt. Never rejects. */
    send(events: readonly WebhookEvent[], connectionId: string | null, plan: DeliveryPlan): Promise<void> {
      const before = lanes.get(connectionId) ?? Promise.resolve();
      const sent = before.then(() => sendAll(events, connectionId, plan));
      lanes.set(connectionId, sent);
      return sent;
    },
    deliveries: (connectionId?: string): Delivery[] =>
      [...log]
        .map(({ delivery }) => ({ ...delivery }))
        .filter((delivery) => connectionId === undefined || delivery.connectionId === connectionId),
    clear(): void {
      log = new Set();
      lanes.clear();
    },
  };
}

/** In which order, how often and whether at all the events of one batch are sent. */
function planDeliveries(
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
