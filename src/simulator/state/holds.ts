import type { ChangeSignal } from './change-signal';
import type { Random } from './random';

export type HoldPoint = 'before_execution' | 'after_execution';

/** Keeps the next refresh call of a connection from going on, until it is released. */
export interface Hold {
  readonly id: string;
  readonly connectionId: string;
  readonly point: HoldPoint;
  /** `armed`: no call has come yet. */
  readonly state: () => 'armed' | 'held' | 'released';
  /** Resolves when a call is held; rejects when the hold is released before one came. */
  readonly held: Promise<void>;
  /** Lets the held call go on, or takes an armed hold back. */
  readonly release: () => void;
}

export function makeHolds({ random, changeSignal }: { random: Random; changeSignal: ChangeSignal }) {
  const holds = new Map<string, Hold & { readonly stop: () => Promise<void> }>();

  return {
    arm(connectionId: string, point: HoldPoint): Hold {
      let state: ReturnType<Hold['state']> = 'armed';
      const enter = (next: typeof state): void => {
        state = next;
        changeSignal.notify();
      };
      const held = changeSignal.until(() => {
        if (state === 'released')
          throw new Error(`The hold on ${connectionId} was released before any call.`);
        return state === 'held';
      });
      // Nobody has to await it.
      held.catch(() => undefined);
      const hold = {
        id: random.id(),
        connectionId,
        point,
        state: () => state,
        held,
        release: () => enter('released'),
        stop() {
          enter('held');
          return changeSignal.until(() => state === 'released');
        },
      };
      holds.set(hold.id, hold);
      return hold;
    },
    find: (id: string): Hold | undefined => holds.get(id),
    /** For the call: waits while a hold of that point is there for it. */
    async pass(connectionId: string, point: HoldPoint): Promise<void> {
      for (const hold of holds.values()) {
        const mine = hold.connectionId === connectionId && hold.point === point;
        if (mine && hold.state() === 'armed') return hold.stop();
      }
    },
    clear(): void {
      for (const hold of holds.values()) hold.release();
      holds.clear();
    },
  };
}
