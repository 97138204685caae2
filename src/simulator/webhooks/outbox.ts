import type { Dispatcher } from 'undici';
import { planDeliveries } from './plan-deliveries';
import type { ChangeSignal } from '../state/change-signal';
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

interface Running extends Omit<Delivery, 'state' | 'attempts'> {
  readonly body: string;
  readonly profileId: string;
  readonly attempts: Attempt[];
  state: Delivery['state'];
}

export interface Batch {
  readonly events: readonly WebhookEvent[];
  readonly connectionId: string | null;
  readonly plan: DeliveryPlan;
}

export type Outbox = ReturnType<typeof makeOutbox>;

interface OutboxDeps {
  readonly profiles: Profiles;
  readonly random: Random;
  readonly timers: Timers;
  readonly changeSignal: ChangeSignal;
  readonly dispatcher: Dispatcher;
  readonly signingNow: () => number;
  readonly timeScale: number;
  readonly timeoutMs: number;
}

export function makeOutbox(deps: OutboxDeps) {
  const { profiles, random, timers, changeSignal } = deps;
  let log = new Set<Running>();
  /** One lane per connection: a later event does not overtake an earlier one unless the plan says so. */
  const lanes = new Map<string | null, Promise<void>>();
  /** A reset came while it was under way. */
  const isObsolete = (delivery: Running): boolean => !log.has(delivery);

  const attempt = async (delivery: Running, previous: PostResult | null): Promise<void> => {
    if (isObsolete(delivery)) return;
    const retry = delivery.attempts.length;
    const { result, at } = await post(delivery, retry, previous);
    if (isObsolete(delivery)) return;
    delivery.attempts.push({ at, result });
    const gapMs = retryGapMs(retry + 1);
    if (result === 'ok') delivery.state = 'delivered';
    else if (gapMs === null) delivery.state = 'gave_up';
    else timers.after(gapMs * deps.timeScale, () => inBackground(attempt(delivery, result)));
    changeSignal.notify();
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

  const addToLog = (
    event: WebhookEvent,
    connectionId: string | null,
    profile: Profile,
    deliver: boolean,
  ): Running => {
    const delivery: Running = {
      event,
      body: JSON.stringify(event),
      connectionId,
      profileId: profile.id,
      url: profile.url,
      attempts: [],
      state: deliver ? 'pending' : 'dropped',
    };
    log.add(delivery);
    changeSignal.notify();
    return delivery;
  };

  const sendAll = async ({ events, connectionId, plan }: Batch): Promise<void> => {
    const mine = log;
    for (const [index, { event, deliver }] of planDeliveries(events, plan, random).entries()) {
      await timers.sleep(index === 0 ? plan.delayMs : plan.gapMs);
      if (mine !== log) return;
      const wanted = profiles
        .all()
        .filter(({ eventTypes }) => eventTypes.length === 0 || eventTypes.includes(event.eventType));
      const entered = wanted.map((profile) => addToLog(event, connectionId, profile, deliver));
      await Promise.all(entered.filter(({ state }) => state === 'pending').map((one) => attempt(one, null)));
    }
  };

  return {
    /** Sends the events of one aggregation or change; resolves when each had its first attempt. Never rejects. */
    send(batch: Batch): Promise<void> {
      const before = lanes.get(batch.connectionId) ?? Promise.resolve();
      const sent = before.then(() => sendAll(batch));
      lanes.set(batch.connectionId, sent);
      return sent;
    },
    deliveries: (connectionId?: string): Delivery[] =>
      [...log]
        .filter((delivery) => connectionId === undefined || delivery.connectionId === connectionId)
        .map(({ event, connectionId: id, url, state, attempts }) => ({
          event,
          connectionId: id,
          url,
          state,
          attempts: [...attempts],
        })),
    clear(): void {
      log = new Set();
      lanes.clear();
    },
  };
}
