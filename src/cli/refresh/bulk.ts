import {
  RefreshClientError,
  RefreshContendedError,
  TemporalUnavailableError,
  type Phase,
  type RefreshClient,
  type RefreshDescription,
  type RefreshHandle,
  type RefreshRequest,
} from '../../client';
import { asTold } from '../../client/answer-for-caller';
import { instantMs } from '../../refresh/model/instant';
import { finalStateOf, type FinalState, type Refusal } from '../exit/exit-codes';
import { linkSignals } from '../../lib/link-signals';
import type { makePause } from '../../lib/make-pause';
import { watchRun } from './watch-run';

/** What is asked, of which connections, and of how many at a time. */
export interface BulkOrder {
  readonly connectionIds: readonly string[];
  readonly concurrency: number;
  /** The key makes asking again safe. */
  readonly request: Omit<RefreshRequest, 'connectionId'> & { readonly idempotencyKey: string };
}

/** What a bulk tells while it goes on. */
export interface BulkEvents {
  readonly ended: (description: RefreshDescription) => void;
  /** The request was refused for the connection: it got no run. */
  readonly refused: (connectionId: string, ending: Refusal, error: RefreshClientError) => void;
  /** The run begins to wait for a window, a status or a repair. */
  readonly idle: (description: RefreshDescription) => void;
  /** Told only when the ends are not waited for. */
  readonly begun: (handle: RefreshHandle) => void;
  readonly changed: (tally: Tally) => void;
}

/** How far a bulk has come. */
export interface Tally {
  readonly total: number;
  /** By connection. */
  readonly endings: ReadonlyMap<string, FinalState>;
  /** Currently being processed. */
  readonly underWay: number;
  /** Runs that wait for a window, a status or a repair, and what a passing trouble has held up: they hold nobody up. */
  readonly waiting: number;
  readonly toStart: number;
}

export interface BulkDeps {
  readonly refreshes: Pick<RefreshClient, 'refresh' | 'wait'>;
  readonly events: BulkEvents;
  readonly now: () => number;
  readonly makePause: typeof makePause;
}

export interface BulkReport {
  readonly endings: Tally['endings'];
  /** Runs whose end is still to come. */
  readonly running: readonly string[];
  readonly notStarted: readonly string[];
  /** Why it was given up; `null` when it was not. */
  readonly trouble: Error | null;
  /** What last held up a connection; it may have passed since. */
  readonly hindrance: Error | null;
}

/** 1 min: a run that waits for hours is read now and then; some end sooner, by an event. */
const READ_AGAIN_MS = 60_000;
/** A passing trouble of Temporal lasts seconds; five tries in a row take a minute or more. */
const TRIES = 5;
const TRY_AGAIN_MS = 2_000;

/** Nothing goes on at Meld or the provider in these, for minutes or hours. */
const IDLE: ReadonlySet<Phase> = new Set([
  'waiting_for_window',
  'waiting_to_call',
  'waiting_for_status',
  'waiting_for_repair',
]);

/** Errors of the one connection, by their code, which hold up no other. */
const REFUSED: Partial<Record<RefreshClientError['code'], Refusal>> = {
  product_not_available: 'refused',
  idempotency_conflict: 'refused',
  refresh_stuck: 'stuck',
};

/**
 * Refreshes many connections, so many at a time. Runs that only wait give their place to others.
 *
 * It keeps no record of its own: the same order again, by its idempotency key, gets the same runs, and nothing is paid for
 * twice, whenever and however the bulk ended before its time.
 * @param until `begin`: start or join each, and wait for none
 * @param stopped no new runs from then on; what is being started still is
 */
export async function runBulk(
  { refreshes, events, now, ...deps }: BulkDeps,
  { connectionIds, concurrency, request }: BulkOrder,
  until: 'end' | 'begin',
  stopped: AbortSignal,
): Promise<BulkReport> {
  const halt = new AbortController();
  const { signal: stop, release } = linkSignals([stopped, halt.signal]);
  const endings = new Map<string, FinalState>();
  const started = new Set<string>();
  const places = makePlaces(concurrency);
  const pause = deps.makePause(stop);
  const counts = { underWay: 0, waiting: 0, toStart: connectionIds.length };
  let trouble: Error | null = null;
  let hindrance: Error | null = null;

  const move = (from: keyof typeof counts, to?: keyof typeof counts): void => {
    counts[from] -= 1;
    if (to !== undefined) counts[to] += 1;
    events.changed({ total: connectionIds.length, endings, ...counts });
  };

  /** @returns until when the run only waits; `null` when there is nothing more to do for it */
  const follow = async (handle: RefreshHandle, isNew: boolean): Promise<number | null> => {
    if (until === 'begin') {
      events.begun(handle);
      return null;
    }
    const progressed = (run: RefreshDescription) => (idleUntil(run, now()) === null ? undefined : 'enough');
    const watch = () => watchRun(refreshes, handle, stop, progressed);
    for (let run = await (isNew ? watch() : handle.progress()); ; run = await watch()) {
      const told = asTold(run, handle);
      const ending = finalStateOf(told);
      if (ending !== null) {
        events.ended(told);
        endings.set(handle.connectionId, ending);
        return null;
      }
      if (stop.aborted) return now();
      const idleUntilMs = idleUntil(run, now());
      if (idleUntilMs === null) continue;
      if (isNew) events.idle(run);
      return idleUntilMs;
    }
  };

  /** @returns when to try again; `null` when the connection was refused */
  const fail = (connectionId: string, error: unknown, failures: number): number | null => {
    const refusal = error instanceof RefreshClientError && REFUSED[error.code];
    if (refusal) {
      events.refused(connectionId, refusal, error);
      endings.set(connectionId, refusal);
      return null;
    }
    const passing = error instanceof TemporalUnavailableError || error instanceof RefreshContendedError;
    hindrance = error instanceof Error ? error : new Error(String(error));
    if (!passing || failures >= TRIES) {
      trouble ??= hindrance;
      halt.abort();
    }
    return now() + TRY_AGAIN_MS * failures;
  };

  const refreshOne = async (connectionId: string): Promise<void> => {
    let handle: RefreshHandle | undefined;
    // Tries in a row.
    let failures = 0;
    for (let from: 'toStart' | 'waiting' = 'toStart'; ; from = 'waiting') {
      await places.take(from);
      if (stop.aborted) break;
      move(from, 'underWay');
      let untilMs: number | null;
      try {
        const isNew = handle === undefined;
        handle ??= await refreshes.refresh({ ...request, connectionId });
        started.add(connectionId);
        untilMs = await follow(handle, isNew);
        failures = 0;
      } catch (error) {
        failures += 1;
        untilMs = fail(connectionId, error, failures);
      }
      move('underWay', untilMs === null ? undefined : 'waiting');
      if (untilMs === null) break;
      places.giveBack();
      await pause(Math.max(0, untilMs - now()));
    }
    places.giveBack();
  };

  await Promise.all(connectionIds.map(refreshOne)).finally(release);
  const open = connectionIds.filter((connectionId) => !endings.has(connectionId));
  return {
    endings,
    running: open.filter((connectionId) => started.has(connectionId)),
    notStarted: open.filter((connectionId) => !started.has(connectionId)),
    trouble,
    hindrance,
  };
}

/** So many at a time; those that have waited go before those that have not begun. */
function makePlaces(concurrency: number) {
  let free = concurrency;
  const queues = { waiting: [] as (() => void)[], toStart: [] as (() => void)[] };
  return {
    take: async (queue: keyof typeof queues): Promise<void> => {
      if (free === 0) return new Promise((resolve) => queues[queue].push(resolve));
      free -= 1;
    },
    giveBack: (): void => {
      const next = queues.waiting.shift() ?? queues.toStart.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
}

/** `null` when something goes on, or is about to. */
function idleUntil({ progress }: RefreshDescription, nowMs: number): number | null {
  if (progress === null || !IDLE.has(progress.phase)) return null;
  const untilMs = progress.waitingUntil === null ? null : instantMs(progress.waitingUntil);
  if (untilMs !== null && untilMs <= nowMs) return null;
  return Math.min(untilMs ?? Infinity, nowMs + READ_AGAIN_MS);
}
