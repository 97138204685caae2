import type { Dispatcher } from 'undici';
import { makeAgenda } from './agenda';
import { makeAggregations } from './aggregations';
import { makeAnnouncer } from './announcer';
import { makeChanges } from './changes';
import { makeConnections } from './connections';
import { makeEventMaker } from './event';
import { makeHolds } from './holds';
import { makeLedger } from './ledger';
import { makeOutbox } from './outbox';
import { makeProfiles } from './profiles';
import { makeRandom } from './random';
import { makeConnectionReader } from './read-connection';
import { makeRefreshCall } from './refresh-call';
import { makeRepairs } from './repairs';
import { makeTimers } from './timers';

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
