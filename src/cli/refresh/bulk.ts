import { setMaxListeners } from 'node:events';
import { RefreshContendedError, TemporalUnavailableError, ProductNotAvailableError } from '../../client';
import type { Phase, RefreshClient, RefreshDescription, RefreshHandle } from '../../client';
import { instantMs } from '../../refresh/model/instant';
import { finalStateOf } from '../final-state';
import type { FinalState } from '../final-state';
import { linkSignals } from '../../lib/link-signals';
import { isAnswered, isUnderWay } from './answered';
import { makeBulkQueue } from './bulk-queue';
import type { Task } from './bulk-queue';
import type { Journal, JournalRecord } from './journal';
import { watchRun } from './watch-run';

/** What a bulk tells while it goes on. */
export interface BulkEvents {
  /** A run has ended; it is told before the journal knows, so that a crash rather tells it twice than never. */
  readonly ended: (description: RefreshDescription, ending: FinalState) => void;
  /** The request was refused for the connection: no run was started. */
  readonly refused: (error: ProductNotAvailableError) => void;
  /** Told only when the ends are not waited for. */
  readonly begun: (handle: RefreshHandle) => void;
  readonly changed: (tally: Tally) => void;
}

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
  readonly refreshes: Pick<RefreshClient, 'refresh' | 'latest' | 'describe' | 'wait'>;
  readonly journal: Pick<Journal, 'started' | 'ended'>;
  readonly events: BulkEvents;
  readonly now: () => number;
  /** Resolves after that time, or when the signal aborts. */
  readonly pause: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

export interface BulkOptions {
  readonly concurrency: number;
  /** `look_first`: there was a bulk before this one, and its journal may have gaps. */
  readonly memory: 'whole' | 'look_first';
  /** `begin`: start or join each, and wait for none. */
  readonly until: 'end' | 'begin';
  /** No new runs from then on; what is being started still is. */
  readonly stop: AbortSignal;
}

export interface BulkReport {
  readonly endings: ReadonlyMap<string, FinalState>;
  /** Runs whose end is still to come. */
  readonly running: readonly string[];
  readonly notStarted: readonly string[];
  /** Why it was given up; `null` when it was not. */
  readonly trouble: Error | null;
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

type Turn =
  { readonly turn: 'over' } | { readonly turn: 'put_off'; readonly task: Task; readonly untilMs: number };

const OVER: Turn = { turn: 'over' };

/**
 * Refreshes many connections, so many at a time. Runs that only wait give their place to others.
 *
 * Nothing is paid for twice, whenever and however the bulk ends before its time: `freshSince` is the same in every
 * request of it, a run that is known is waited for and not started again, and where the memory has a gap the
 * connection's latest run is read first.
 */
export async function runBulk(
  deps: BulkDeps,
  record: JournalRecord,
  options: BulkOptions,
): Promise<BulkReport> {
  const { order } = record;
  const halt = new AbortController();
  const { signal: stop, release } = linkSignals([options.stop, halt.signal]);
  // Each of the workers waits or pauses, and listens then.
  setMaxListeners(options.concurrency + 10, stop);
  const endings = new Map(record.ended);
  const running = new Map(record.started);
  const queue = makeBulkQueue(tasksOf(record, options.memory));
  const counts = new Map<FinalState, number>();
  const count = (ending: FinalState): void => void counts.set(ending, (counts.get(ending) ?? 0) + 1);
  endings.forEach(count);
  let trouble: Error | null = null;
  let underWay = 0;

  const tell = (): void => {
    const { new: toStart, putOff: waiting } = queue.left();
    deps.events.changed({ total: order.connectionIds.length, endings: counts, underWay, waiting, toStart });
  };
  const end = (connectionId: string, ending: FinalState): Turn => {
    deps.journal.ended(connectionId, ending);
    endings.set(connectionId, ending);
    count(ending);
    return OVER;
  };
  const told = (description: RefreshDescription, ending: FinalState): Turn => {
    deps.events.ended(description, ending);
    return end(description.connectionId, ending);
  };

  const followed = (connectionId: string, runId: string): string => {
    deps.journal.started(connectionId, runId);
    running.set(connectionId, runId);
    return runId;
  };

  const begin = async (task: Task): Promise<Turn | string> => {
    const { connectionId } = task;
    const answered = (run: RefreshDescription | null): Turn | null => {
      const ending = run && finalStateOf(run);
      return run && ending && isAnswered(order, run) ? told(run, ending) : null;
    };
    const latest = task.before === 'look_then_start' ? await deps.refreshes.latest(connectionId) : null;
    const known = answered(latest);
    if (known !== null) return known;
    // Joining it would start, and pay for, another one should it end in between.
    if (options.until !== 'begin' && latest !== null && isUnderWay(order, latest))
      return followed(connectionId, latest.runId);
    const handle = await deps.refreshes.refresh({ ...order.request, connectionId });
    if (latest?.state === 'running' && latest.runId !== handle.runId) {
      // It ended between the read and the start, and its answer counts; the new run finds the same without a call.
      const ended = answered(await deps.refreshes.describe(connectionId, latest.runId));
      if (ended !== null) return ended;
    }
    if (options.until === 'begin') deps.events.begun(handle);
    return followed(connectionId, handle.runId);
  };

  const follow = async (task: Task, runId: string): Promise<Turn> => {
    const { connectionId } = task;
    const later: Task = { ...task, runId, stage: 'waiting', failures: 0 };
    const watch = () =>
      watchRun({
        refreshes: deps.refreshes,
        connectionId,
        runId,
        stop,
        progressed: (run) => (idleUntil(run, deps.now()) === null ? 'go_on' : 'enough'),
      });
    let description =
      task.stage === 'waiting' ? await deps.refreshes.describe(connectionId, runId) : await watch();
    for (;;) {
      if (description === null) {
        // Past Temporal's retention: there is nothing left to wait for.
        running.delete(connectionId);
        const again: Task = { ...task, runId: null, before: 'look_then_start', stage: 'new' };
        return { turn: 'put_off', task: again, untilMs: deps.now() };
      }
      const ending = finalStateOf(description);
      if (ending !== null) return told(description, ending);
      if (stop.aborted) return { turn: 'put_off', task: later, untilMs: deps.now() };
      const idleUntilMs = idleUntil(description, deps.now());
      if (idleUntilMs !== null) return { turn: 'put_off', task: later, untilMs: idleUntilMs };
      description = await watch();
    }
  };

  const takeTurn = async (task: Task): Promise<Turn> => {
    try {
      const begun = task.runId ?? (await begin(task));
      if (typeof begun !== 'string') return begun;
      return options.until === 'begin' ? OVER : await follow(task, begun);
    } catch (error) {
      if (error instanceof ProductNotAvailableError) {
        deps.events.refused(error);
        return end(task.connectionId, 'refused');
      }
      const failures = task.failures + 1;
      const passing = error instanceof TemporalUnavailableError || error instanceof RefreshContendedError;
      const again: Task = {
        ...task,
        runId: running.get(task.connectionId) ?? null,
        before: 'look_then_start',
        failures,
      };
      if (!passing || failures >= TRIES) {
        trouble ??= error instanceof Error ? error : new Error(String(error));
        halt.abort();
      }
      return { turn: 'put_off', task: again, untilMs: deps.now() + TRY_AGAIN_MS * failures };
    }
  };

  const work = async (): Promise<void> => {
    while (!stop.aborted) {
      const task = queue.take(deps.now());
      if (task === null) {
        const dueMs = queue.nextDueMs();
        if (dueMs === null) return;
        await deps.pause(Math.max(0, dueMs - deps.now()), stop);
        continue;
      }
      underWay += 1;
      tell();
      const turn = await takeTurn(task);
      underWay -= 1;
      if (turn.turn === 'put_off') queue.putOff(turn.task, turn.untilMs);
      tell();
    }
  };

  await Promise.all(Array.from({ length: options.concurrency }, work)).finally(release);
  const open = order.connectionIds.filter((connectionId) => !endings.has(connectionId));
  return {
    endings,
    running: open.filter((connectionId) => running.has(connectionId)),
    notStarted: open.filter((connectionId) => !running.has(connectionId)),
    trouble,
  };
}

/** Runs that were started come first: their ends may be there already. */
function tasksOf({ order, started, ended }: JournalRecord, memory: BulkOptions['memory']): readonly Task[] {
  const before = memory === 'whole' ? 'start' : 'look_then_start';
  const open = order.connectionIds.filter((connectionId) => !ended.has(connectionId));
  const tasks = open.map((connectionId): Task => {
    return { connectionId, runId: started.get(connectionId) ?? null, before, failures: 0, stage: 'new' };
  });
  return [...tasks.filter(({ runId }) => runId !== null), ...tasks.filter(({ runId }) => runId === null)];
}

/** `null` when something goes on, or is about to. */
function idleUntil({ progress }: RefreshDescription, nowMs: number): number | null {
  if (progress === null || !IDLE.has(progress.phase)) return null;
  const untilMs = progress.waitingUntil === null ? null : instantMs(progress.waitingUntil);
  if (untilMs !== null && untilMs <= nowMs) return null;
  return Math.min(untilMs ?? Infinity, nowMs + READ_AGAIN_MS);
}
