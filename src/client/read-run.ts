import {
  CancelledFailure,
  TerminatedFailure,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import type { RefreshRequest } from '../refresh/model/request';
import type { RefreshResult } from '../refresh/model/outcome';
import { isRefreshError } from './errors';
import { isRunId, workflowIdOf } from './ids';
import { readDescription, readMemory } from './read-description';
import { describeActivity, isInCall } from './describe-activity';
import { isBulk } from './start/raise-priority';
import type { RefreshDescription, RefreshState } from './refresh-description';
import type { TemporalRpc } from './temporal-rpc';

/** The workflow as a client sees it. */
export type RefreshWorkflow = (input: RefreshRequest) => Promise<RefreshResult>;

export type Run = NonNullable<Awaited<ReturnType<typeof readRun>>>;

/** The latest run without `runId`. `null` when there is none. */
export async function readRun(calls: TemporalRpc, connectionId: string, runId?: string) {
  const { client } = calls;
  const workflowId = workflowIdOf(connectionId);
  if (runId !== undefined && !isRunId(runId)) return null;
  try {
    const raw = await describe(calls, workflowId, runId);
    const info = raw.workflowExecutionInfo ?? {};
    const description = await readDescription(client, info);
    const activity =
      description.state === 'running'
        ? describeActivity(raw, description.progress !== null, Date.now())
        : null;
    return {
      description: { ...description, ...(activity !== null && { activity }) },
      memory: await readMemory(client, info),
      /** Another run than this one where this one was made by a reset. */
      firstRunId: info.firstRunId ?? '',
      /** The run that it was reset to; empty when it was not. */
      resetRunId: raw.workflowExtendedInfo?.resetRunId ?? '',
      /** A worker has taken a charged call of it, whose answer is to come. */
      isInCall: isInCall(raw),
      /** It will end canceled, whatever it is signaled from now on. */
      cancelRequested: raw.workflowExtendedInfo?.cancelRequested ?? false,
      /** Attempts at its pending workflow task; 0 without one. A task that cannot be carried out is tried for ever. */
      taskAttempts: raw.pendingWorkflowTask?.attempt ?? 0,
      /** Its tasks wait behind those of callers who look on. */
      isBulk: isBulk(info),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The SDK decodes the memo with it, and fails when its key was removed: then Temporal is asked past the SDK. */
async function describe(
  { client, rpc }: TemporalRpc,
  workflowId: string,
  runId: string | undefined,
): Promise<WorkflowExecutionDescription['raw']> {
  try {
    const handle = client.workflow.getHandle<RefreshWorkflow>(workflowId, runId);
    return (await rpc('describe the refresh', () => handle.describe())).raw;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isRefreshError(error)) throw error;
    return rpc('describe the refresh', () =>
      client.workflowService.describeWorkflowExecution({
        namespace: client.options.namespace,
        execution: { workflowId, ...(runId !== undefined && { runId }) },
      }),
    );
  }
}

/**
 * As `readRun`, with the result of an ended run and the reason of a failed one.
 * @param end where it is known already
 */
export async function describeRun(
  calls: TemporalRpc,
  connectionId: string,
  runId?: string,
  end: End | null = null,
): Promise<RefreshDescription | null> {
  const run = await readRun(calls, connectionId, runId);
  return run && describeRead(calls, run, end);
}

/** The same of the run that an operator has reset it to, which goes on in its place. */
export async function describeInPlace(
  calls: TemporalRpc,
  connectionId: string,
  runId: string,
): Promise<RefreshDescription | null> {
  const run = await readRun(calls, connectionId, runId);
  if (run?.description.state === 'failed' && run.resetRunId !== '') {
    return describeInPlace(calls, connectionId, run.resetRunId);
  }
  return run && describeRead(calls, run);
}

async function describeRead(
  calls: TemporalRpc,
  { description, resetRunId }: Run,
  end: End | null = null,
): Promise<RefreshDescription | null> {
  const { connectionId, runId, state } = description;
  if (!HAS_END.has(state)) return description;
  const described = withEnd(description, end ?? (await readEnd(calls, connectionId, runId)));
  const isReplaced = described?.failure !== undefined && resetRunId !== '';
  return isReplaced
    ? { ...described, failure: `${described.failure}; reset to run ${resetRunId}` }
    : described;
}

/** Whose close event says more than `describe`. */
const HAS_END: ReadonlySet<RefreshState> = new Set(['ended', 'failed']);

/** A closed run with its result, or the reason of its failure; `null` when it is gone. */
export function withEnd(description: RefreshDescription, end: End): RefreshDescription | null {
  if (end.end === 'gone') return null;
  if (end.end === 'canceled') return { ...description, state: 'canceled' };
  if (end.end === 'failed') return { ...description, state: 'failed', failure: reasonOf(end.cause) };
  return { ...description, outcome: end.result.outcome, result: end.result };
}

/** 500: an error of ours names every wrong field; a stack of a bug is in the log. */
const LONGEST_REASON = 500;

function reasonOf(cause: Error): string {
  // What the operator gave as the reason, or the SDK's words for none.
  const message =
    cause instanceof TerminatedFailure ? `terminated in Temporal: ${cause.message}` : cause.message;
  return message.length <= LONGEST_REASON ? message : `${message.slice(0, LONGEST_REASON)}…`;
}

export type End =
  | { readonly end: 'result'; readonly result: RefreshResult }
  | { readonly end: 'failed'; readonly cause: Error }
  | { readonly end: 'canceled' }
  /** There is no such run, or its retention is over. */
  | { readonly end: 'gone' };

/** How a closed run ended. */
export async function readEnd(
  { client, rpc }: TemporalRpc,
  connectionId: string,
  runId: string,
): Promise<End> {
  try {
    const result = await rpc('read the result', () =>
      client.workflow.result<RefreshWorkflow>(workflowIdOf(connectionId), runId),
    );
    return { end: 'result', result };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { end: 'gone' };
    if (error instanceof WorkflowFailedError) {
      if (error.cause instanceof CancelledFailure) return { end: 'canceled' };
      return { end: 'failed', cause: error.cause ?? error };
    }
    throw error;
  }
}
