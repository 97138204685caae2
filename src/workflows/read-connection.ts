import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Priority, RetryPolicy } from '@temporalio/common';
import type { Activities, KnownConnection } from '../activities/activities';
import type { Growth } from '../refresh/input/parse-policy';
import { parseReadReport } from '../refresh/input/parse-answer';
import { READ_WITHIN_MS } from '../refresh/model/call-bounds';
import type { ReadReport } from '../refresh/model/connection';
import type { Inbox } from './inbox';

/** 10 s: the activity heartbeats every two; a worker that died in the read is noticed soon. */
const HEARTBEAT_MS = 10_000;
/** Eight attempts, up to a minute apart, last some three minutes; an outage beyond that is reported. */
const RETRY = {
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 60_000,
  maximumAttempts: 8,
};
/** 5 s: the report can do without the final read; the workflow task cannot wait much longer. */
const CLOSING_READ_MS = 5_000;
/** 30 s: a read near the deadline still gets a few attempts. */
const LEAST_BOUND_MS = 30_000;

interface ReadOptions {
  readonly summary: string;
  readonly priority: Priority;
  /** Until the deadline, or the end of the wait. */
  readonly leftMs: number;
}

/** What ends a read before it has its answer. */
export interface Watch {
  readonly inbox: Inbox;
  readonly isOver: () => boolean;
}

/**
 * Reads the connection, patiently: retried by Temporal within bounds and the deadline.
 * @param watch ends the read early: what it is for may come by webhook while Meld cannot be read
 */
export async function readConnection(
  connectionId: string,
  { leftMs, ...options }: ReadOptions,
  watch: Watch,
): Promise<ReadReport> {
  // A worker that is away for an hour must not use up the attempts: only the deadline bounds them all.
  const bounds = { leftMs: Math.max(LEAST_BOUND_MS, leftMs), retry: RETRY };
  const report = await interruptible({ connectionId }, { ...options, ...bounds }, watch);
  return report ?? { read: 'unavailable', message: 'the data came before an answer did.' };
}

/**
 * Polls the connection until something about it differs from what is known: one activity, whose retries are the poll
 * schedule, so that a poll which finds nothing costs no history event.
 * @returns `null` when it was ended by `isOver` or by the end of its time
 */
export async function pollConnection(
  connectionId: string,
  known: KnownConnection | null,
  { poll, ...options }: ReadOptions & { readonly poll: Growth },
  watch: Watch,
): Promise<ReadReport | null> {
  const retry = {
    initialInterval: poll.initialMs,
    backoffCoefficient: poll.factor,
    maximumInterval: poll.maximumMs,
  };
  const input = { connectionId, ...(known !== null && { unless: known }) };
  const report = await interruptible(input, { ...options, retry }, watch);
  // Its time is up, or the next retry would come after that: the wait goes on without it, and ends with a read.
  return report === undefined || report.read === 'unavailable' ? null : report;
}

/**
 * The read that completes the report: one short attempt inside the workflow task, so that a refresh that is done
 * neither waits nor grows its history for it.
 */
export async function readOnce(connectionId: string, summary: string): Promise<ReadReport> {
  const activities = proxyLocalActivities<Activities>({
    startToCloseTimeout: CLOSING_READ_MS,
    retry: { maximumAttempts: 1 },
    cancellationType: 'TRY_CANCEL',
    summary,
  });
  return asReport(activities.readConnection({ connectionId }));
}

async function interruptible(
  input: Parameters<Activities['readConnection']>[0],
  { leftMs, ...options }: ReadOptions & { readonly retry: RetryPolicy },
  { inbox, isOver }: Watch,
): Promise<ReadReport | undefined> {
  const activities = proxyActivities<Activities>({
    startToCloseTimeout: READ_WITHIN_MS,
    heartbeatTimeout: HEARTBEAT_MS,
    scheduleToCloseTimeout: Math.max(1, leftMs),
    cancellationType: 'TRY_CANCEL',
    ...options,
  });
  const scope = new CancellationScope();
  const report = scope.run(() => asReport(activities.readConnection(input)));
  const found = await inbox.unless(report, isOver);
  if (found !== undefined) return found;
  scope.cancel();
  await report.catch(() => undefined);
  return undefined;
}

async function asReport(read: Promise<unknown>): Promise<ReadReport> {
  try {
    return parseReadReport(await read);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // A local activity fails with what it threw, any other with an ActivityFailure around it.
    const cause = error instanceof ActivityFailure ? error.cause : error;
    const isTold = cause instanceof ApplicationFailure;
    return { read: 'unavailable', message: isTold ? cause.message : 'no worker could read it in time.' };
  }
}
