import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { RefreshResult } from '../refresh/model/outcome';
import {
  RefreshCanceledError,
  RefreshFailedError,
  RefreshNotFoundError,
  ResultNotReadyError,
  TemporalUnavailableError,
} from './errors';
import { workflowIdOf } from './ids';
import { describeRun, readEnd, readRun } from './read-run';
import type { RefreshWorkflow } from './read-run';
import type { RefreshDescription } from './refresh-description';
import { typedError } from './temporal-rpc';
import type { TemporalRpc } from './temporal-rpc';

/** 20 s: what Temporal itself holds a long poll; then a look tells a long refresh from a Temporal that is gone. */
const SLICE_MS = 20_000;

export interface WaitOptions {
  /** Left out: the run that is the latest now. */
  readonly runId?: string;
  /** Left out: until the run ends, which its own deadline (`giveUpAfter`) sees to. */
  readonly timeoutMs?: number;
}

/** The run once it has ended, or as it is when the bound comes; `null` when there is none. */
export async function waitForEnd(
  calls: TemporalRpc,
  connectionId: string,
  { runId, timeoutMs = Infinity }: WaitOptions,
): Promise<RefreshDescription | null> {
  const untilMs = Date.now() + timeoutMs;
  let run = await readRun(calls, connectionId, runId);
  while (run?.description.state === 'running') {
    const leftMs = Math.min(SLICE_MS, untilMs - Date.now());
    if (leftMs <= 0) return run.description;
    const ended = await longPollEnd(calls, connectionId, run.description.runId, leftMs);
    run = await readRun(calls, connectionId, run.description.runId);
    if (ended) break;
  }
  return run && describeRun(calls, connectionId, run.description.runId);
}

/**
 * `true` when the run has ended, however it did; `false` when the bound has come, or when Temporal gave the poll up,
 * as it does when it is short of time or restarts: only a look tells whether it is gone.
 */
export async function longPollEnd(
  { client, withDeadline }: TemporalRpc,
  connectionId: string,
  runId: string,
  boundMs: number,
): Promise<boolean> {
  try {
    await withDeadline(boundMs, () =>
      client.workflow.result<RefreshWorkflow>(workflowIdOf(connectionId), runId),
    );
    return true;
  } catch (error) {
    if (error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError) return true;
    const typed = typedError('wait for the refresh', error);
    if (typed instanceof TemporalUnavailableError) return false;
    throw typed;
  }
}

/** @throws RefreshNotFoundError, ResultNotReadyError, RefreshCanceledError, RefreshFailedError; TemporalUnavailableError, TemporalRejectedError. */
export async function waitForResult(
  calls: TemporalRpc,
  connectionId: string,
  options: WaitOptions,
): Promise<RefreshResult> {
  const run = await waitForEnd(calls, connectionId, options);
  if (run === null) throw new RefreshNotFoundError(connectionId, options.runId);
  if (run.result !== undefined) return run.result;
  if (run.state === 'running') throw new ResultNotReadyError(connectionId, run.runId, options.timeoutMs ?? 0);
  if (run.state === 'canceled') throw new RefreshCanceledError(connectionId, run.runId);
  const read = await readEnd(calls, connectionId, run.runId);
  throw new RefreshFailedError(connectionId, run.runId, read.end === 'failed' ? { cause: read.cause } : {});
}
