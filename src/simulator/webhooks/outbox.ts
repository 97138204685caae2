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

/** A delivery under way, and what sending it takes. */
interface Running {
  readonly delivery: { -readonly [K in keyof Delivery]: Delivery[K] };
  readonly body: string;
  readonly profileId: string;
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
  readonly webhookTimeoutMs: number;
}

export function makeOutbox(deps: OutboxDeps) {
  const { profiles, random, timers, changeSignal, dispatcher } = deps;
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
    else timers.after(gapMs * deps.timeScale, () => inBackground(attempt(running)));
    changeSignal.notify();
  };

  const addToLog = (delivery: Delivery, { id }: Profile): Running => {
    const running = { delivery: { ...delivery }, body: JSON.stringify(delivery.event), profileId: id };
    log.add(running);
    changeSignal.notify();
    return running;
  };

  const sendAll = async ({ events, connectionId, plan }: Batch): Promise<void> => {
    const mine = log;
    for (const [index, { event, deliver }] of planDeliveries(events, plan, random).entries()) {
      await timers.sleep(index === 0 ? plan.delayMs : plan.gapMs);
      if (mine !== log) return;
      const wanted = profiles
        .all()
        .filter(({ eventTypes }) => eventTypes.length === 0 || eventTypes.includes(event.eventType));
      const state = deliver ? 'pending' : 'dropped';
      const entered = wanted.map((profile) =>
        addToLog({ event, connectionId, url: profile.url, state, attempts: [] }, profile),
      );
      if (deliver) await Promise.all(entered.map(attempt));
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
        .map(({ delivery }) => ({ ...delivery }))
        .filter((delivery) => connectionId === undefined || delivery.connectionId === connectionId),
    clear(): void {
      log = new Set();
      lanes.clear();
    },
  };
}
