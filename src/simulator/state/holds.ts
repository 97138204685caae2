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

export type Holds = ReturnType<typeof makeHolds>;

export function makeHolds({ random, changeSignal }: { random: Random; changeSignal: ChangeSignal }) {
  const holds = new Map<string, Hold & { readonly stop: () => Promise<void> }>();

  return {
    arm(connectionId: string, point: HoldPoint): Hold {
      let state: ReturnType<Hold['state']> = 'armed';
      const held = deferred();
      const released = deferred();
      // Nobody has to await `held`.
      held.promise.catch(() => undefined);
      const hold = {
        id: random.id(),
        connectionId,
        point,
        state: () => state,
        held: held.promise,
        release() {
          if (state === 'armed')
            held.reject(new Error(`The hold on ${connectionId} was released before any call.`));
          state = 'released';
          released.resolve();
          changeSignal.notify();
        },
        stop() {
          state = 'held';
          held.resolve();
          changeSignal.notify();
          return released.promise;
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

function deferred() {
  let resolve = (): void => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
