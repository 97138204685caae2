import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { toInstant } from '../refresh/model/instant';
import { missingProducts } from '../refresh/freshness';
import type { Progress } from '../refresh/model/progress';
import type { RefreshRequest } from '../refresh/model/request';
import { join, REFRESH_CONNECTION, searchAttributes } from '../workflows/messages';
import type { JoinSignal } from '../workflows/messages';
import { ProductNotAvailableError, RefreshContendedError } from './errors';
import { workflowIdOf } from './ids';
import { notBeforeOf } from './prepare-request';
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
}

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
 * Gets the request into exactly one run.
 *
 * Every step may lose a race, and each one notices: `start` fails when a run has opened since the look; a signal
 * names the run that was looked at and fails when it has ended, so that it never lands in a later run unnoticed.
 * Then a new round looks again. A signal that Temporal accepted is seen by the run before it can end.
 */
export async function startOrJoin(deps: StartOrJoinDeps, request: RefreshRequest): Promise<StartedOrJoined> {
  const { calls, now } = deps;
  const { connectionId } = request;
  const requestedAtMs = now();
  const untilMs = Date.now() + ROUNDS_MS;
  const known: KnownProducts = { products: undefined };
  do {
    const latest = await readRun(calls, connectionId);
    known.products = latest?.description.progress?.connectionProducts ?? known.products;
    if (latest?.description.state !== 'running') {
      const runId = await start(deps, request, latest);
      if (runId !== null) return { runId, disposition: 'started', requestedAtMs };
    } else if (latest.cancelRequested) {
      await waitUntilCanceled(calls, latest);
    } else if (await joined(calls, latest, request, { requestedAtMs, known })) {
      return { runId: latest.description.runId, disposition: 'joined', requestedAtMs };
    }
  } while (Date.now() < untilMs);
  throw new RefreshContendedError(connectionId, 'too_many_rounds');
}

/** `null` when a run has opened since the look. */
async function start(
  { calls, taskQueue, now }: StartOrJoinDeps,
  request: RefreshRequest,
  latest: Run | null,
): Promise<string | null> {
  const { notBefore: requested, ...rest } = request;
  const { lastCall, idempotencyKeys } = memoryOf(latest);
  // A window that a whole run met since the look is not in here: that run would have to open and end in between,
  // and then Meld's own 429 says it again.
  const notBefore = notBeforeOf(requested, latest?.description.progress?.nextAllowedAt, now());
  const { connectionId, customerId } = request;
  try {
    const handle = await calls.rpc('start the refresh', () =>
      calls.client.workflow.start<RefreshWorkflow>(REFRESH_CONNECTION, {
        workflowId: workflowIdOf(connectionId),
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        taskQueue,
        args: [
          {
            ...(lastCall && { lastCall }),
            ...(idempotencyKeys.length > 0 && { idempotencyKeys }),
            ...rest,
            ...(notBefore !== undefined && { notBefore }),
          },
        ],
        staticSummary: `Refresh ${connectionId}`,
        typedSearchAttributes: [
          { key: searchAttributes.connectionId, value: connectionId },
          ...(customerId === undefined ? [] : [{ key: searchAttributes.customerId, value: customerId }]),
        ],
      }),
    );
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

/** What the latest run leaves to the next one; a memo that an older worker wrote may know less. */
function memoryOf(latest: Run | null): Pick<Progress, 'lastCall' | 'idempotencyKeys'> {
  const { progress, runId } = latest?.description ?? {};
  const memo: Partial<Progress> = progress ?? {};
  return {
    lastCall: memo.lastCall ?? null,
    idempotencyKeys: (memo.idempotencyKeys ?? []).map((entry) => ({
      ...entry,
      runId: entry.runId ?? runId ?? null,
    })),
  };
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
  const workflow = calls.client.workflow.getHandle<RefreshWorkflow>(workflowIdOf(connectionId), runId);
  try {
    await calls.rpc('signal the refresh', () => workflow.signal(join, joinSignal(request, requestedAtMs)));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
  // Signal first, look second: only so a cancel or a termination that overtook the signal is seen. It concerned
  // the callers before this one, so this one gets a run of its own.
  const after = await readRun(calls, connectionId, runId);
  return (
    after?.description.state === 'ended' || (after?.description.state === 'running' && !after.cancelRequested)
  );
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
