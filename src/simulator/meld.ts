import type { Dispatcher } from 'undici';
import { makeSchedule } from './time/schedule';
import { makeAggregations } from './calls/aggregation';
import { makeEventPublisher } from './webhooks/publisher';
import { makeChangeSignal } from './state/change-signal';
import { makeConnections } from './state/connections';
import { makeEventMaker } from './webhooks/event';
import { makeHolds } from './state/holds';
import { makeLedger } from './state/ledger';
import { makeOutbox } from './webhooks/outbox';
import { makeProfiles } from './state/profiles';
import { makeRandom } from './state/random';
import { makeConnectionReader } from './calls/read';
import { makeRefreshCall } from './calls/refresh';
import { makeRepairs } from './calls/repair';
import { makeTimers } from './time/timers';

interface MeldOptions {
  readonly seed: number;
  readonly now: () => number;
  readonly signingNow: () => number;
  readonly timeScale: number;
  readonly webhookTimeoutMs: number;
  readonly dispatcher: Dispatcher;
}

export type Meld = ReturnType<typeof makeMeld>;

/** All the parts of one simulated Meld, wired together; no HTTP server yet. */
export function makeMeld(options: MeldOptions) {
  const { now, seed } = options;
  const random = makeRandom(seed);
  const accountId = random.id();
  const timers = makeTimers();
  const changeSignal = makeChangeSignal();
  const schedule = makeSchedule({ now, timers });
  const connections = makeConnections({ random, now });
  const profiles = makeProfiles({ random });
  const ledger = makeLedger({ now, changeSignal });
  const holds = makeHolds({ random, changeSignal });
  const makeEvent = makeEventMaker({ random, accountId });
  const outbox = makeOutbox({ ...options, profiles, random, timers, changeSignal });
  const publisher = makeEventPublisher({ makeEvent, outbox, changeSignal });
  const aggregations = makeAggregations({ now, schedule, publisher, changeSignal });

  return {
    now,
    random,
    changeSignal,
    connections,
    profiles,
    ledger,
    holds,
    makeEvent,
    outbox,
    publisher,
    aggregations,
    repairs: makeRepairs({ now, random, publisher, aggregations }),
    reader: makeConnectionReader({ connections, schedule, accountId }),
    refresh: makeRefreshCall({ now, connections, schedule, aggregations, publisher, holds, timers }),
    /** Forgets everything but the webhook profiles; what is under way ends without effect. */
    reset() {
      outbox.clear();
      schedule.clear();
      connections.clear();
      ledger.clear();
      holds.clear();
      timers.clear();
      changeSignal.notify();
    },
  };
}
