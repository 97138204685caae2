import type { Dispatcher } from 'undici';
import { arrangeDeliveries } from './plan-deliveries';
import type { Changes } from '../state/changes';
import type { WebhookEvent } from './event';
import { inBackground } from '../time/in-background';
import { toInstant } from '../time/instant';
import type { DeliveryPlan } from '../scenarios/plan';
import { postWebhook, type PostResult } from './post-webhook';
import type { Profile, Profiles } from '../state/profiles';
import type { Random } from '../state/random';
import { retryGapMs } from './retry-schedule';
import { signWebhook } from './sign-webhook';
import type { Timers } from '../time/timers';

export interface Attempt {
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

interface Running {
  readonly event: WebhookEvent;
  readonly body: string;
  readonly connectionId: string | null;
  readonly profileId: string;
  readonly url: string;
  readonly attempts: Attempt[];
  state: Delivery['state'];
  /** How many resets came before it. */
  readonly generation: number;
}

export interface Outbox {
  /** Sends the events of one happening; resolves when each had its first attempt. Never rejects. */
  send(batch: {
    readonly events: readonly WebhookEvent[];
    readonly connectionId: string | null;
    readonly plan: DeliveryPlan;
  }): Promise<void>;
  readonly deliveries: (connectionId?: string) => Delivery[];
  clear(): void;
}

interface OutboxDeps {
  readonly profiles: Profiles;
  readonly random: Random;
  readonly timers: Timers;
  readonly changes: Changes;
  readonly dispatcher: Dispatcher;
  readonly signingNow: () => number;
  readonly timeScale: number;
  readonly timeoutMs: number;
}

export function makeOutbox(deps: OutboxDeps): Outbox {
  const { profiles, random, timers, changes } = deps;
  let log: Running[] = [];
  /** One lane per connection: a later event does not overtake an earlier one unless the plan says so. */
  const lanes = new Map<string | null, Promise<void>>();
  let generation = 0;
  const forgotten = (delivery: Running): boolean => delivery.generation !== generation;

  const attempt = async (delivery: Running, previous: PostResult | null): Promise<void> => {
    if (forgotten(delivery)) return;
    const retry = delivery.attempts.length;
    const { result, at } = await post(delivery, retry, previous);
    if (forgotten(delivery)) return;
    delivery.attempts.push({ at, result });
    const gapMs = retryGapMs(retry + 1);
    if (result === 'ok') delivery.state = 'delivered';
    else if (gapMs === null) delivery.state = 'gave_up';
    else timers.after(gapMs * deps.timeScale, () => inBackground(attempt(delivery, result)));
    changes.announce();
  };

  const post = async (delivery: Running, retry: number, previous: PostResult | null) => {
    const profile = profiles.get(delivery.profileId);
    const at = toInstant(deps.signingNow(), random.below(1000));
    const { body } = delivery;
    const headers = {
      'content-type': 'application/json',
      'meld-signature': signWebhook({ secret: profile.secret, timestamp: at, url: profile.url, body }),
      'meld-signature-timestamp': at,
      ...(previous !== null && { 'meld-retry-count': String(retry), 'meld-retry-reason': previous }),
    };
    const { dispatcher, timeoutMs } = deps;
    return {
      at,
      result: await postWebhook({ url: profile.deliverTo, headers, body, timeoutMs, dispatcher }),
    };
  };

  const enter = (
    event: WebhookEvent,
    connectionId: string | null,
    profile: Profile,
    fate: string,
  ): Running => {
    const delivery: Running = {
      event,
      body: JSON.stringify(event),
      connectionId,
      profileId: profile.id,
      url: profile.url,
      attempts: [],
      state: fate === 'drop' ? 'dropped' : 'pending',
      generation,
    };
    log.push(delivery);
    changes.announce();
    return delivery;
  };

  const sendAll: (...batch: Parameters<Outbox['send']>) => Promise<void> = async ({
    events,
    connectionId,
    plan,
  }) => {
    const mine = generation;
    for (const [index, { event, fate }] of arrangeDeliveries(events, plan, random).entries()) {
      await timers.sleep(index === 0 ? plan.delayMs : plan.gapMs);
      if (mine !== generation) return;
      const wanted = profiles
        .all()
        .filter(({ eventTypes }) => eventTypes.length === 0 || eventTypes.includes(event.eventType));
      const entered = wanted.map((profile) => enter(event, connectionId, profile, fate));
      await Promise.all(entered.filter(({ state }) => state === 'pending').map((one) => attempt(one, null)));
    }
  };

  return {
    send(batch) {
      const before = lanes.get(batch.connectionId) ?? Promise.resolve();
      const sent = before.then(() => sendAll(batch));
      lanes.set(batch.connectionId, sent);
      return sent;
    },
    deliveries: (connectionId) =>
      log
        .filter((delivery) => connectionId === undefined || delivery.connectionId === connectionId)
        .map(({ event, connectionId: id, url, state, attempts }) => ({
          event,
          connectionId: id,
          url,
          state,
          attempts: [...attempts],
        })),
    clear() {
      generation += 1;
      log = [];
      lanes.clear();
    },
  };
}
