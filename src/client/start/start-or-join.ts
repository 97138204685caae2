import { resolvePolicy } from '../../refresh/input/parse-policy';
import { CALL_PREPARED_WITHIN_MS } from '../../refresh/model/call-bounds';
import type { RefreshRequest } from '../../refresh/model/request';
import { RefreshContendedError, RefreshStuckError } from '../errors';
import { cameAfterCancel, firstUse } from './first-use';
import { joinRun, type KnownProducts } from './join-run';
import { memoryOf } from './memory-of';
import { readRun, type Run } from '../read-run';
import { startRun } from './start-run';
import type { TemporalRpc } from '../temporal-rpc';
import { pollEnd } from '../wait-for-end';

export interface StartOrJoinDeps {
  readonly calls: TemporalRpc;
  readonly taskQueue: string;
  readonly now: () => number;
  /** How long a run that is canceled in a charged call is waited for; left out: as long as the call can take. */
  readonly cancelWaitMs?: number;
}

export interface StartedOrJoined {
  readonly runId: string;
  readonly disposition: 'started' | 'joined';
  /** By the caller's clock: what a joined request counts from. */
  readonly requestedAtMs: number;
  /** As the run has it, of a request with an idempotency key that the run shows. RFC 3339. */
  readonly freshSince?: string;
}

/** The attempt from which on a pending workflow task means that the run does not get on: Temporal backs off by then. */
const STUCK_ATTEMPT = 5;

/** 10 s: a round takes milliseconds and loses only to a run that opened or ended since it was described. */
const ROUNDS_MS = 10_000;

/** 5 s: a canceled run ends with its next workflow task; without a worker it does not end at all. */
const CANCEL_WAIT_MS = 5_000;

/**
 * Gets the request into exactly one run: the one of its idempotency key, the open one, or a new one.
 *
 * Every step may lose a race, and each one notices: `start` fails when a run has opened since the `describe`; a signal
 * names the run that was described and fails when it has ended, so that it never lands in a later run unnoticed. Then a
 * new round describes again. A signal that Temporal accepted is seen by the run before it can end.
 */
export async function startOrJoin(deps: StartOrJoinDeps, request: RefreshRequest): Promise<StartedOrJoined> {
  const { calls, now } = deps;
  const { connectionId } = request;
  const requestedAtMs = now();
  /** How long a charged call can take that a worker has taken. */
  const callBoundMs = resolvePolicy(request.policy).callTimeoutMs + CALL_PREPARED_WITHIN_MS;
  let untilMs = Date.now() + ROUNDS_MS;
  const known: KnownProducts = { products: undefined };
  // A canceled run that knows the request's key from this very request, which gets another run.
  let overtakenRunId: string | undefined;
  do {
    const found = await readRun(calls, connectionId);
    const isPlainJoin = found?.description.state === 'running' && request.idempotencyKey === undefined;
    const latest =
      found === null || isPlainJoin
        ? found
        : { ...found, memory: await memoryOf(calls, found, request, requestedAtMs) };
    const isOvertaken =
      latest !== null &&
      (latest.description.runId === overtakenRunId ||
        (await cameAfterCancel(calls, latest, request.idempotencyKey)));
    const repeated = latest && !isOvertaken && firstUse(latest, request, requestedAtMs);
    if (repeated) return repeated;
    known.products = latest?.description.progress?.connectionProducts ?? known.products;
    if (latest?.description.state !== 'running') {
      const runId = await startRun(deps, request, latest);
      if (runId !== null) return { runId, disposition: 'started', requestedAtMs };
    } else if (latest.cancelRequested) {
      await waitUntilCanceled(calls, latest, deps.cancelWaitMs ?? callBoundMs);
      untilMs = Date.now() + ROUNDS_MS;
    } else if (latest.taskAttempts >= STUCK_ATTEMPT) {
      throw new RefreshStuckError(connectionId, latest.description.runId, latest.taskAttempts);
    } else {
      const joined = await joinRun(calls, latest, request, { requestedAtMs, known });
      if (typeof joined === 'object') return joined;
      if (joined === 'overtaken') overtakenRunId = latest.description.runId;
    }
  } while (Date.now() < untilMs);
  throw new RefreshContendedError(connectionId, 'too_many_rounds');
}

async function waitUntilCanceled(
  calls: TemporalRpc,
  { description: { connectionId, runId }, isInCall }: Run,
  callWaitMs: number,
): Promise<void> {
  const timeoutMs = isInCall ? Math.max(CANCEL_WAIT_MS, callWaitMs) : CANCEL_WAIT_MS;
  await pollEnd(calls, connectionId, runId, { timeoutMs });
  const run = await readRun(calls, connectionId, runId);
  if (run?.description.state !== 'running') return;
  throw new RefreshContendedError(connectionId, run.isInCall ? 'canceled_in_call' : 'being_canceled');
}
