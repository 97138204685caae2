import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import type { RefreshResult } from '../refresh/model/outcome';
import { linkSignals } from '../lib/link-signals';
import {
  RefreshCanceledError,
  RefreshFailedError,
  RefreshNotFoundError,
  ResultNotReadyError,
  TemporalUnavailableError,
} from './errors';
import { isRunId, workflowIdOf } from './ids';
import { decodePayload } from './read-description';
import { describeRun, readEnd, readRun, type End } from './read-run';
import type { RefreshDescription } from './refresh-description';
import { typedError, type TemporalRpc } from './temporal-rpc';

/**
 * 70 s, well above the 20 s that Temporal holds a long poll: a poll given less than that is answered early and
 * empty, given little it is answered at once, and asking again would take hundreds of requests a second.
 */
const POLL_DEADLINE_MS = 70_000;
/** 20 s: how soon a Temporal that is gone is told from a long refresh, after the first check. */
const CHECK_EVERY_MS = 20_000;
/** 1 s between a poll that failed and the next, when Temporal is there. */
const RETRY_AFTER_MS = 1_000;

/** CLOSE_EVENT: the event that ends a run, and no other. */
const CLOSE_EVENT = 2;
const GRPC_NOT_FOUND = 5;

export interface WaitOptions {
  /** Left out: the run that is the latest now. */
  readonly runId?: string;
  /** Left out: until the run ends, which its own deadline (`giveUpAfter`) sees to. */
  readonly timeoutMs?: number;
  /** Ends the wait, never the run. */
  readonly signal?: AbortSignal;
}

type Bounds = Omit<WaitOptions, 'runId'>;

/** The run once it has ended, or as it is when the wait is ended; `null` when there is none. */
export async function waitForEnd(
  calls: TemporalRpc,
  connectionId: string,
  { runId, ...bounds }: WaitOptions,
): Promise<RefreshDescription | null> {
  const first = runId ?? (await readRun(calls, connectionId))?.description.runId;
  if (first === undefined) return null;
  const { id, end } = await pollLastEnd(calls, connectionId, first, bounds);
  return describeRun(calls, connectionId, id, end);
}

/** @throws RefreshNotFoundError, ResultNotReadyError, RefreshCanceledError, RefreshFailedError; TemporalUnavailableError, TemporalRejectedError. */
export async function waitForResult(
  calls: TemporalRpc,
  connectionId: string,
  { runId, ...bounds }: WaitOptions,
): Promise<RefreshResult> {
  const first = runId ?? (await readRun(calls, connectionId))?.description.runId;
  if (first === undefined) throw new RefreshNotFoundError(connectionId, runId);
  const { id, ...last } = await pollLastEnd(calls, connectionId, first, bounds);
  let { end } = last;
  if (end === null) {
    // Only this tells a run that goes on from a Temporal that is gone.
    const run = await readRun(calls, connectionId, id);
    if (run?.description.state === 'running') {
      throw new ResultNotReadyError(connectionId, id, bounds.timeoutMs ?? 0);
    }
    end = await readEnd(calls, connectionId, id);
  }
  switch (end.end) {
    case 'result':
      return end.result;
    case 'gone':
      throw new RefreshNotFoundError(connectionId, id);
    case 'canceled':
      throw new RefreshCanceledError(connectionId, id);
    case 'failed':
      throw new RefreshFailedError(connectionId, id, { cause: end.cause });
  }
}

/** How the run ended; of one that an operator has reset, the run that goes on in its place. */
async function pollLastEnd(
  calls: TemporalRpc,
  connectionId: string,
  runId: string,
  { timeoutMs, signal }: Bounds,
): Promise<{ readonly id: string; readonly end: End | null }> {
  const wait = linkSignals(signal ? [signal] : [], timeoutMs);
  try {
    for (let id = runId; ;) {
      const end = await pollEnd(calls, connectionId, id, { signal: wait.signal });
      const inItsPlace = end?.end === 'failed' ? (await readRun(calls, connectionId, id))?.resetRunId : '';
      if (!inItsPlace) return { id, end };
      id = inItsPlace;
    }
  } finally {
    wait.release();
  }
}

/**
 * How the run ended, from its close event; `null` when the bound or the signal came first.
 *
 * Temporal holds each request for some 20 s, so that a wait costs a few a minute. The bound is a timer of our own
 * that gives up the request under way. Beside it, a `describe` now and then tells whether Temporal is still there.
 * @throws TemporalUnavailableError, TemporalRejectedError
 */
export async function pollEnd(
  calls: TemporalRpc,
  connectionId: string,
  runId: string,
  { timeoutMs, signal }: Bounds,
): Promise<End | null> {
  const execution = { workflowId: workflowIdOf(connectionId), runId };
  if (!isRunId(runId)) return { end: 'gone' };
  const { client } = calls;
  const wait = linkSignals(signal ? [signal] : [], timeoutMs);
  let pageToken: Uint8Array = Buffer.alloc(0);
  try {
    while (!wait.signal.aborted) {
      const poll = await beside(wait.signal, calls, (abandoned) =>
        calls
          .withDeadline(
            POLL_DEADLINE_MS,
            () =>
              client.workflowService.getWorkflowExecutionHistory({
                namespace: client.options.namespace,
                execution,
                waitNewEvent: true,
                // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in @temporalio/proto, which this room may not import
                historyEventFilterType: CLOSE_EVENT,
                skipArchival: true,
                nextPageToken: pageToken,
              }),
            abandoned,
          )
          .catch((error: unknown) => ({ error })),
      );
      if (poll === null) return null;
      if ('error' in poll) {
        const typed = typedError('wait for the refresh', poll.error);
        const code: number | null = isGrpcServiceError(poll.error) ? poll.error.code : null;
        if (code !== GRPC_NOT_FOUND && !(typed instanceof TemporalUnavailableError)) throw typed;
        // Throws when it is Temporal, or the namespace, that is not there.
        if ((await readRun(calls, connectionId, runId)) === null) return { end: 'gone' };
        pageToken = Buffer.alloc(0);
        await pause(RETRY_AFTER_MS, undefined, { signal: wait.signal }).catch(() => undefined);
        continue;
      }
      const [event] = poll.history?.events ?? [];
      if (event?.workflowExecutionCompletedEventAttributes) {
        const [payload] = event.workflowExecutionCompletedEventAttributes.result?.payloads ?? [];
        return { end: 'result', result: (await decodePayload(client, payload)) as RefreshResult };
      }
      if (event?.workflowExecutionCanceledEventAttributes) return { end: 'canceled' };
      // The SDK makes the error out of the others, causes and all.
      if (event) return await readEnd(calls, connectionId, runId);
      pageToken = poll.nextPageToken;
    }
    return null;
  } finally {
    wait.release();
  }
}

/**
 * What the poll brings; `null` when the signal came first. The poll is then given up.
 * @throws TemporalUnavailableError when Temporal has not answered a check beside it either
 */
async function beside<T>(
  signal: AbortSignal,
  calls: TemporalRpc,
  poll: (abandoned: AbortSignal) => Promise<T>,
): Promise<T | null> {
  const abandon = new AbortController();
  const unlessAbandoned = { signal: abandon.signal };
  const check = async (): Promise<never> => {
    for (let delayMs = calls.pingTimeoutMs; ; delayMs = CHECK_EVERY_MS) {
      await pause(delayMs, undefined, unlessAbandoned);
      await calls.ping();
    }
  };
  try {
    const polled = poll(abandon.signal);
    const ended = once(signal, 'abort', unlessAbandoned).then(() => null);
    return await Promise.race([polled, ended, check()]);
  } finally {
    abandon.abort();
  }
}
