import {
  IdempotencyConflictError,
  ProductNotAvailableError,
  RefreshContendedError,
  RefreshNotFoundError,
  RefreshStuckError,
  TemporalUnavailableError,
} from '../../client';
import type { Phase, RefreshClient, RefreshDescription, RefreshHandle, RefreshRequest } from '../../client';
import { asTold } from '../../client/answer-for-caller';
import { instantMs } from '../../refresh/model/instant';
import { finalStateOf } from '../exit/final-state';
import type { FinalState, Refusal } from '../exit/final-state';
import { linkSignals } from '../../lib/link-signals';
import { makeBulkQueue } from './bulk-queue';
import type { Task } from './bulk-queue';
import { watchRun } from './watch-run';

/** What is asked of every connection; the key makes asking again safe. */
export interface BulkOrder {
  readonly connectionIds: readonly string[];
  readonly request: Omit<RefreshRequest, 'connectionId'> & { readonly idempotencyKey: string };
}

/** What a bulk tells while it goes on. */
export interface BulkEvents {
  readonly ended: (description: RefreshDescription) => void;
  /** The request was refused for the connection: it got no run. */
  readonly refused: (error: RefusedError, ending: Refusal) => void;
  /** Told only when the ends are not waited for. */
  readonly begun: (handle: RefreshHandle) => void;
  readonly changed: (tally: Tally) => void;
}

/** Errors of the one connection, which hold up no other. */
const REFUSING = [ProductNotAvailableError, IdempotencyConflictError, RefreshStuckError] as const;
type RefusedError = InstanceType<(typeof REFUSING)[number]>;

/** How far a bulk has come. */
export interface Tally {
  readonly total: number;
  readonly endings: ReadonlyMap<FinalState, number>;
  /** Currently being processed. */
  readonly underWay: number;
  /** Runs that wait for a window, a status or a repair, and hold nobody up. */
  readonly waiting: number;
  readonly toStart: number;
}

export interface BulkDeps {
  readonly refreshes: Pick<RefreshClient, 'refresh' | 'describe' | 'wait'>;
  readonly events: BulkEvents;
  readonly now: () => number;
  /** Resolves after that time, or when the signal aborts. */
  readonly pause: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

export interface BulkOptions {
  readonly concurrency: number;
  /** `begin`: start or join each, and wait for none. */
  readonly until: 'end' | 'begin';
  /** No new runs from then on; what is being started still is. */
  readonly stop: AbortSignal;
}

export interface BulkReport {
  readonly endings: ReadonlyMap<string, FinalState>;
  readonly counts: Tally['endings'];
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

type TaskResult = 'done' | { readonly task: Task; readonly untilMs: number };

/**
 * Refreshes many connections, so many at a time. Runs that only wait give their place to others.
 *
 * It keeps no record of its own: the same order again, by its idempotency key, gets the same runs, and nothing is paid for
 * twice, whenever and however the bulk ended before its time.
 */
export async function runBulk(
  { refreshes, events, now, pause }: BulkDeps,
  { connectionIds, request }: BulkOrder,
  options: BulkOptions,
): Promise<BulkReport> {
  const halt = new AbortController();
  const { signal: stop, release } = linkSignals([options.stop, halt.signal]);
  const endings = new Map<string, FinalState>();
  const started = new Set<string>();
  const queue = makeBulkQueue(
    connectionIds.map((connectionId) => ({ connectionId, handle: null, failures: 0 })),
  );
  const counts = new Map<FinalState, number>();
  let trouble: Error | null = null;
  let hindrance: Error | null = null;
  let underWay = 0;

  const tell = (): void => {
    const { new: toStart, deferred: waiting } = queue.left();
    events.changed({ total: connectionIds.length, endings: counts, underWay, waiting, toStart });
  };
  const end = (connectionId: string, ending: FinalState): TaskResult => {
    endings.set(connectionId, ending);
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
    return 'done';
  };

  const begin = async ({ connectionId }: Task): Promise<RefreshHandle> => {
    const handle = await refreshes.refresh({ ...request, connectionId });
    started.add(connectionId);
    if (options.until === 'begin') events.begun(handle);
    return handle;
  };

  const follow = async (task: Task, handle: RefreshHandle): Promise<TaskResult> => {
    const { connectionId, runId } = handle;
    const later: Task = { connectionId, handle, failures: 0 };
    const watch = () =>
      watchRun({
        refreshes,
        connectionId,
        runId,
        stop,
        progressed: (run) => (idleUntil(run, now()) === null ? undefined : 'enough'),
      });
    let run = task.handle === null ? await watch() : await refreshes.describe(connectionId, runId);
    for (;;) {
      if (run === null) throw new RefreshNotFoundError(connectionId, runId);
      const told = asTold(run, handle);
      const ending = finalStateOf(told);
      if (ending !== null) {
        events.ended(told);
        return end(connectionId, ending);
      }
      if (stop.aborted) return { task: later, untilMs: now() };
      const idleUntilMs = idleUntil(run, now());
      if (idleUntilMs !== null) return { task: later, untilMs: idleUntilMs };
      run = await watch();
    }
  };

  const carryOut = async (task: Task): Promise<TaskResult> => {
    let { handle } = task;
    try {
      handle ??= await begin(task);
      return options.until === 'begin' ? 'done' : await follow(task, handle);
    } catch (error) {
      if (isRefused(error)) {
        const ending = error instanceof RefreshStuckError ? 'stuck' : 'refused';
        events.refused(error, ending);
        return end(task.connectionId, ending);
      }
      const failures = task.failures + 1;
      const passing = error instanceof TemporalUnavailableError || error instanceof RefreshContendedError;
      hindrance = error instanceof Error ? error : new Error(String(error));
      if (!passing || failures >= TRIES) {
        trouble ??= hindrance;
        halt.abort();
      }
      return { task: { ...task, handle, failures }, untilMs: now() + TRY_AGAIN_MS * failures };
    }
  };

  const work = async (): Promise<void> => {
    while (!stop.aborted) {
      const task = queue.take(now());
      if (task === null) {
        const dueMs = queue.nextDueMs();
        if (dueMs === null) return;
        await pause(Math.max(0, dueMs - now()), stop);
        continue;
      }
      underWay += 1;
      tell();
      const result = await carryOut(task);
      underWay -= 1;
      if (result !== 'done') queue.defer(result.task, result.untilMs);
      tell();
    }
  };

  await Promise.all(Array.from({ length: options.concurrency }, work)).finally(release);
  const open = connectionIds.filter((connectionId) => !endings.has(connectionId));
  return {
    endings,
    counts,
    running: open.filter((connectionId) => started.has(connectionId)),
    notStarted: open.filter((connectionId) => !started.has(connectionId)),
    trouble,
    hindrance,
  };
}

const isRefused = (error: unknown): error is RefusedError =>
  REFUSING.some((refusing) => error instanceof refusing);

/** `null` when something goes on, or is about to. */
function idleUntil({ progress }: RefreshDescription, nowMs: number): number | null {
  if (progress === null || !IDLE.has(progress.phase)) return null;
  const untilMs = progress.waitingUntil === null ? null : instantMs(progress.waitingUntil);
  if (untilMs !== null && untilMs <= nowMs) return null;
  return Math.min(untilMs ?? Infinity, nowMs + READ_AGAIN_MS);
}
