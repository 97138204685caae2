import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { ReadReport } from '../refresh/model/connection';

/** 60 s: above the longest time the worker's Meld client may take for one request. */
const ATTEMPT_MS = 60_000;
/** 10 s: the activity beats every two; a worker that died in the look is noticed soon. */
const HEARTBEAT_MS = 10_000;
/** Eight tries, up to a minute apart, last some three minutes; an outage beyond that is reported. */
const RETRY = {
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 60_000,
  maximumAttempts: 8,
};
/** 5 s: the report can do without the closing look; the workflow task cannot wait much longer. */
const CLOSING_LOOK_MS = 5_000;
/** 30 s: a look near the deadline still gets a few tries. */
const LEAST_BOUND_MS = 30_000;

/**
 * Looks at the connection, patiently: retried by Temporal within bounds and the deadline.
 * @param enough ends the look early: what it is for may come by webhook while Meld cannot be read
 */
export async function readConnection(
  connectionId: string,
  summary: string,
  leftMs: number,
  enough: () => boolean,
): Promise<ReadReport> {
  const { readConnection } = proxyActivities<Activities>({
    startToCloseTimeout: ATTEMPT_MS,
    heartbeatTimeout: HEARTBEAT_MS,
    // A worker that is away for an hour must not use up the tries: only the deadline bounds them all.
    scheduleToCloseTimeout: Math.max(LEAST_BOUND_MS, leftMs),
    retry: RETRY,
    cancellationType: 'TRY_CANCEL',
    summary,
  });
  const looking = new CancellationScope();
  const report = looking.run(() => asReport(readConnection({ connectionId })));
  const ended = await Promise.race([report, condition(enough)]);
  if (ended !== undefined) return ended;
  looking.cancel();
  await report.catch(() => undefined);
  return { read: 'unavailable', message: 'the data came before an answer did.' };
}

/**
 * The look that completes the report: one short try inside the workflow task, so that a refresh that is done
 * neither waits nor grows its history for it.
 */
export async function readOnce(connectionId: string, summary: string): Promise<ReadReport> {
  const { readConnection } = proxyLocalActivities<Activities>({
    startToCloseTimeout: CLOSING_LOOK_MS,
    scheduleToCloseTimeout: CLOSING_LOOK_MS,
    retry: { maximumAttempts: 1 },
    cancellationType: 'TRY_CANCEL',
    summary,
  });
  return asReport(readConnection({ connectionId }));
}

async function asReport(look: Promise<ReadReport>): Promise<ReadReport> {
  try {
    return await look;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { read: 'unavailable', message: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  // A local activity fails with what it threw, any other with an ActivityFailure around it.
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause.message : 'no worker could look at it in time.';
}
