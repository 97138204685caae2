import type { Dispatcher } from 'undici';
import { makeAgenda } from './time/schedule';
import { makeAggregations } from './calls/aggregation';
import { makeAnnouncer } from './webhooks/publisher';
import { makeChanges } from './state/changes';
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

export interface MeldOptions {
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
  const { now, signingNow, timeScale, webhookTimeoutMs: timeoutMs, dispatcher } = options;
  const random = makeRandom(options.seed);
  const accountId = random.id();
  const timers = makeTimers();
  const changes = makeChanges();
  const agenda = makeAgenda({ now, timers });
  const connections = makeConnections({ random, now });
  const profiles = makeProfiles({ random });
  const ledger = makeLedger({ now, changes });
  const holds = makeHolds({ random, changes });
  const makeEvent = makeEventMaker({ random, accountId });
  const outbox = makeOutbox({
    profiles,
    random,
    timers,
    changes,
    dispatcher,
    signingNow,
    timeScale,
    timeoutMs,
  });
  const announcer = makeAnnouncer({ makeEvent, outbox, changes });
  const aggregations = makeAggregations({ now, agenda, announcer, changes });

  return {
    now,
    random,
    changes,
    connections,
    profiles,
    ledger,
    holds,
    makeEvent,
    outbox,
    announcer,
    aggregations,
    repairs: makeRepairs({ now, random, announcer, aggregations }),
    reader: makeConnectionReader({ connections, agenda, accountId }),
    refresh: makeRefreshCall({ now, connections, agenda, aggregations, announcer, holds, timers }),
    /** Forgets everything but the webhook profiles; what is under way ends without effect. */
    reset() {
      outbox.clear();
      agenda.clear();
      connections.clear();
      ledger.clear();
      holds.clear();
      timers.clear();
      changes.announce();
    },
  };
}
