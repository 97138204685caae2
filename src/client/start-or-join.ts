import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { missingProducts } from '../refresh/freshness';
import { findKey } from '../refresh/idempotency';
import { resolvePolicy } from '../refresh/input/parse-policy';
import { termsOf } from '../refresh/input/parse-request';
import { instantMs, toInstant } from '../refresh/model/instant';
import type { Memory } from '../refresh/model/progress';
import type { RefreshRequest } from '../refresh/model/request';
import { asksNothingNew } from '../refresh/record-join';
import { initialState } from '../refresh/state';
import { taskPriority } from '../workflows/task-priority';
import { join, MEMORY_MEMO, REFRESH_CONNECTION, searchAttributes } from '../workflows/messages';
import type { JoinSignal } from '../workflows/messages';
import {
  IdempotencyConflictError,
  ProductNotAvailableError,
  RefreshContendedError,
  RefreshStuckError,
} from './errors';
import { workflowIdOf } from './ids';
import { notBeforeOf } from './prepare-request';
import { raisePriority } from './raise-priority';
import { readRun } from './read-run';
import type { RefreshWorkflow, Run } from './read-run';
import type { TemporalRpc } from './temporal-rpc';
import { pollEnd } from './wait-for-end';

export interface StartOrJoinDeps {
  readonly calls: TemporalRpc;
  readonly taskQueue: string;
  readonly now: () => number;
}

export interface StartedOrJoined {
  readonly runId: string;
  readonly disposition: 'started' | 'joined';
  /** By the caller's clock: what a joined request counts from. */
  readonly requestedAtMs: number;
  /** Of a repeated request: what its first use asked for. RFC 3339. */
  readonly freshSince?: string;
}

/** The attempt from which on a pending workflow task means that the run does not get on: Temporal backs off by then. */
const STUCK_ATTEMPT = 5;

/** 10 s: a round takes milliseconds and loses only to a run that opened or ended since it was described. */
const ROUNDS_MS = 10_000;
/** What the connection has, as far as a run of it has said; kept from round to round. */
interface KnownProducts {
  products: readonly string[] | undefined;
}

/** 5 s: a canceled run ends with its next workflow task; without a worker it does not end at all. */
const CANCEL_WAIT_MS = 5_000;
/** 2 s: the first read of a connection takes one API call. */
const PRODUCTS_WAIT_MS = 2_000;
const PRODUCTS_POLL_MS = 100;

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
  const untilMs = Date.now() + ROUNDS_MS;
  const known: KnownProducts = { products: undefined };
  do {
    const latest = await readRun(calls, connectionId);
    const repeated = latest && firstUse(latest, request, requestedAtMs);
    if (repeated) return repeated;
    known.products = latest?.description.progress?.connectionProducts ?? known.products;
    if (latest?.description.state !== 'running') {
      const runId = await start(deps, request, latest);
      if (runId !== null) return { runId, disposition: 'started', requestedAtMs };
    } else if (latest.cancelRequested) {
      await waitUntilCanceled(calls, latest);
    } else if (latest.taskAttempts >= STUCK_ATTEMPT) {
      throw new RefreshStuckError(connectionId, latest.description.runId, latest.taskAttempts);
    } else if (await joined(calls, latest, request, { requestedAtMs, known })) {
      return { runId: latest.description.runId, disposition: 'joined', requestedAtMs };
    }
  } while (Date.now() < untilMs);
  throw new RefreshContendedError(connectionId, 'too_many_rounds');
}

/**
 * The run that the request got when it came first; `null` when it has no idempotency key, or a new one.
 * @throws IdempotencyConflictError
 */
function firstUse(
  { description: { connectionId, runId }, memory }: Run,
  request: RefreshRequest,
  nowMs: number,
): StartedOrJoined | null {
  const found = findKey(memory.idempotencyKeys, request, nowMs);
  if (found === null) return null;
  if (found === 'conflict') throw new IdempotencyConflictError(connectionId, request.idempotencyKey ?? '');
  const { freshSince, requestedAt } = found;
  const requestedAtMs = instantMs(requestedAt) ?? nowMs;
  return { runId: found.runId ?? runId, disposition: 'joined', requestedAtMs, freshSince };
}

/** `null` when a run has opened since the `describe`. */
async function start(
  { calls, taskQueue, now }: StartOrJoinDeps,
  request: RefreshRequest,
  latest: Run | null,
): Promise<string | null> {
  const { notBefore: requested, ...rest } = request;
  const { nextAllowedAt, lastCall, idempotencyKeys }: Partial<Memory> = latest?.memory ?? {};
  const nowMs = now();
  // A window that a whole run met since the `describe` is not in here: that run would have to open and end in between,
  // and then Meld's own 429 says it again.
  const notBefore = notBeforeOf(requested, nextAllowedAt, nowMs);
  const { connectionId, priority = 'interactive' } = request;
  // What the latest run has read of the connection goes with the start: the new one writes only what differs.
  const { provider } = latest?.description ?? {};
  const customerId = request.customerId ?? latest?.description.customerId;
  const input: RefreshRequest = {
    ...(lastCall && { lastCall }),
    ...(idempotencyKeys && idempotencyKeys.length > 0 && { idempotencyKeys }),
    ...rest,
    ...(notBefore !== undefined && { notBefore }),
  };
  const memory: Memory = {
    nextAllowedAt: notBefore ?? null,
    lastCall: input.lastCall ?? null,
    idempotencyKeys: initialState(input, nowMs).callers.keys,
  };
  const remembers =
    memory.nextAllowedAt !== null || memory.lastCall !== null || memory.idempotencyKeys.length > 0;
  try {
    const handle = await calls.rpc('start the refresh', () =>
      calls.client.workflow.start<RefreshWorkflow>(REFRESH_CONNECTION, {
        workflowId: workflowIdOf(connectionId),
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        taskQueue,
        args: [input],
        priority: taskPriority(priority, customerId),
        staticSummary: `Refresh ${connectionId}`,
        ...(remembers && { memo: { [MEMORY_MEMO]: memory } }),
        typedSearchAttributes: [
          { key: searchAttributes.connectionId, value: connectionId },
          ...(customerId === undefined ? [] : [{ key: searchAttributes.customerId, value: customerId }]),
          ...(provider === undefined ? [] : [{ key: searchAttributes.provider, value: provider }]),
        ],
      }),
    );
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

/** `false` when the run ended, or was canceled, before the request was surely part of it. */
async function joined(
  calls: TemporalRpc,
  run: Run,
  request: RefreshRequest,
  { requestedAtMs, known }: { readonly requestedAtMs: number; readonly known: KnownProducts },
): Promise<boolean> {
  const { connectionId, runId } = run.description;
  await refuseMissingProducts(calls, run, request, known);
  if (isServedAlready(run, request, requestedAtMs)) return true;
  const workflow = calls.client.workflow.getHandle<RefreshWorkflow>(workflowIdOf(connectionId), runId);
  try {
    await calls.rpc('signal the refresh', () => workflow.signal(join, joinSignal(request, requestedAtMs)));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
  if (run.isBulk && request.priority !== 'bulk') await raisePriority(calls, connectionId, runId);
  // Signal first, describe second: only so a cancel or a termination that overtook the signal is seen. It concerned
  // the callers before this one, so this one gets a run of its own.
  const after = await readRun(calls, connectionId, runId);
  return (
    after?.description.state === 'ended' || (after?.description.state === 'running' && !after.cancelRequested)
  );
}

/** Thousands of joins that ask for nothing new would be thousands of events; an idempotency key must be remembered. */
function isServedAlready(
  { description: { progress } }: Run,
  request: RefreshRequest,
  requestedAtMs: number,
): boolean {
  if (progress === null || request.idempotencyKey !== undefined) return false;
  const policy = resolvePolicy(request.policy);
  const terms = termsOf(request, requestedAtMs, policy, requestedAtMs - policy.coalesceMs);
  return asksNothingNew(terms, progress, { policy });
}

/** All that a run can still take in: its customer, its window and its policy are those of its start. */
function joinSignal(request: Omit<RefreshRequest, 'maxAge'>, requestedAtMs: number): JoinSignal {
  const {
    connectionId: _id,
    customerId: _customer,
    notBefore: _window,
    policy: _policy,
    ...wishes
  } = request;
  return { joinId: randomUUID(), requestedAt: toInstant(requestedAtMs), ...wishes };
}

/**
 * Joins that come before the run's first read wait for it a little; later the run itself ignores such a join.
 * Products that an earlier run has read (`known`) spare the wait, in which a quick run would end: what one round learns
 * admits the next. They admit only: the connection may have been given more since.
 */
async function refuseMissingProducts(
  calls: TemporalRpc,
  run: Run,
  { connectionId, products }: Pick<RefreshRequest, 'connectionId' | 'products'>,
  known: KnownProducts,
): Promise<void> {
  if (products === undefined) return;
  const { products: had } = known;
  if (had && missingProducts(products, { products: had, optionalProducts: [] }).length === 0) return;
  const untilMs = Date.now() + PRODUCTS_WAIT_MS;
  let { description } = run;
  while (
    !description.progress?.connectionProducts &&
    description.state === 'running' &&
    Date.now() < untilMs
  ) {
    await new Promise((resolve) => setTimeout(resolve, PRODUCTS_POLL_MS));
    description = (await readRun(calls, connectionId, description.runId))?.description ?? description;
  }
  known.products = description.progress?.connectionProducts ?? known.products;
  const available = description.progress?.connectionProducts ?? [];
  const missing = missingProducts(products, { products: available, optionalProducts: [] });
  if (missing.length > 0) throw new ProductNotAvailableError(connectionId, missing, available);
}

async function waitUntilCanceled(calls: TemporalRpc, { description }: Run): Promise<void> {
  const { connectionId, runId } = description;
  await pollEnd(calls, connectionId, runId, { timeoutMs: CANCEL_WAIT_MS });
  const run = await readRun(calls, connectionId, runId);
  if (run?.description.state === 'running') throw new RefreshContendedError(connectionId, 'being_canceled');
}
