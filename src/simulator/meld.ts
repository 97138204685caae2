import { makeChangeSignal } from './state/change-signal';
import { makeClock } from './state/clock';
import type { ConnectionState } from './state/connection';
import { makeConnections } from './state/connections';
import { makeHolds } from './state/holds';
import { makeLedger } from './state/ledger';
import { makeProfiles } from './state/profiles';
import { makeRandom } from './state/random';
import { makeOutbox, type OutboxOptions } from './webhooks/outbox';

interface MeldOptions extends OutboxOptions {
  readonly seed: number;
  readonly now: () => number;
}

export type Meld = ReturnType<typeof makeMeld>;

/** What one simulated Meld keeps, under names that the functions of `calls/` and `webhooks/` know it by. */
export function makeMeld({ seed, now, ...options }: MeldOptions) {
  const random = makeRandom(seed);
  const accountId = random.id();
  const clock = makeClock(now);
  const changeSignal = makeChangeSignal();
  const connections = makeConnections({ random, now });
  const profiles = makeProfiles({ random });
  const ledger = makeLedger({ now, changeSignal });
  const holds = makeHolds({ random, changeSignal });
  const outbox = makeOutbox({ ...options, profiles, random, clock, changeSignal });
  return {
    now,
    random,
    accountId,
    clock,
    changeSignal,
    connections,
    profiles,
    ledger,
    holds,
    outbox,
    /** Of every token that was made for a repair, its connection. */
    repairs: new Map<string, ConnectionState>(),
    /** Forgets everything but the webhook profiles; what is under way ends without effect. */
    reset() {
      outbox.clear();
      connections.clear();
      ledger.clear();
      holds.clear();
      clock.clear();
      changeSignal.notify();
    },
  };
}
