import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { missingProducts } from '../../refresh/freshness';
import { resolvePolicy } from '../../refresh/input/parse-policy';
import { termsOf } from '../../refresh/input/parse-request';
import { toInstant } from '../../refresh/model/instant';
import type { RefreshRequest } from '../../refresh/model/request';
import { asksNothingNew } from '../../refresh/record/record-join';
import { join, type JoinSignal } from '../../workflows/messages';
import { ProductNotAvailableError } from '../errors';
import { firstUse } from './first-use';
import { workflowIdOf } from '../ids';
import { raisePriority } from './raise-priority';
import { readRun, type RefreshWorkflow, type Run } from '../read-run';
import type { StartedOrJoined } from './start-or-join';
import type { TemporalRpc } from '../temporal-rpc';

/** What the connection has, as far as a run of it has said; kept from round to round. */
export interface KnownProducts {
  products: readonly string[] | undefined;
}

/** 2 s: the first read of a connection takes one API call; a run takes a signal with its next workflow task. */
const MEMO_WAIT_MS = 2_000;
const MEMO_POLL_MS = 100;

/**
 * @returns `ended` when the run had ended before the request came, `overtaken` when a cancel or a termination may have come
 *   before it
 * @throws ProductNotAvailableError, IdempotencyConflictError
 */
export async function joinRun(
  calls: TemporalRpc,
  run: Run,
  request: RefreshRequest,
  { requestedAtMs, known }: { readonly requestedAtMs: number; readonly known: KnownProducts },
): Promise<StartedOrJoined | 'ended' | 'overtaken'> {
  const { connectionId, runId } = run.description;
  const joined: StartedOrJoined = { runId, disposition: 'joined', requestedAtMs };
  await refuseMissingProducts(calls, run, request, known);
  if (isServedAlready(run, request, requestedAtMs)) return joined;
  const workflow = calls.client.workflow.getHandle<RefreshWorkflow>(workflowIdOf(connectionId), runId);
  try {
    await calls.rpc('signal the refresh', () => workflow.signal(join, joinSignal(request, requestedAtMs)));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'ended';
    throw error;
  }
  if (run.isBulk && request.priority !== 'bulk') await raisePriority(calls, connectionId, runId);
  // Signal first, describe second: only so a cancel or a termination that overtook the signal is seen. It concerned
  // the callers before this one, so this one gets a run of its own.
  let after = await readRun(calls, connectionId, runId);
  let used = after && firstUse(after, request, requestedAtMs);
  if (after !== null && request.idempotencyKey !== undefined && used === null) {
    // Another request with the same key may have been signaled before this one: the run's memo tells.
    after = await readRunUntil(calls, after, (one) => {
      used = firstUse(one, request, requestedAtMs);
      return used !== null;
    });
  }
  const isPartOfIt =
    after?.description.state === 'ended' ||
    (after?.description.state === 'running' && !after.cancelRequested);
  return isPartOfIt ? (used ?? joined) : 'overtaken';
}

/** Thousands of joins that ask for nothing new would be thousands of events; an idempotency key must be remembered. */
function isServedAlready(
  { description: { progress } }: Run,
  request: RefreshRequest,
  requestedAtMs: number,
): boolean {
  if (progress === null || request.idempotencyKey !== undefined) return false;
  const policy = resolvePolicy(request.policy);
  const terms = termsOf(request, requestedAtMs, policy, 'joined');
  return asksNothingNew(terms, progress, { policy });
}

/** All that a run can still take in: its customer, its window and its policy are those of its start. */
function joinSignal(request: Omit<RefreshRequest, 'maxAge'>, requestedAtMs: number): JoinSignal {
  const {
    connectionId: _id,
    customerId: _customer,
    notBefore: _window,
    lastCall: _call,
    idempotencyKeys: _keys,
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
  const isKnown = ({ description: { progress } }: Run): boolean => Boolean(progress?.connectionProducts);
  const { description } = await readRunUntil(calls, run, isKnown);
  known.products = description.progress?.connectionProducts ?? known.products;
  const available = description.progress?.connectionProducts ?? [];
  const missing = missingProducts(products, { products: available, optionalProducts: [] });
  if (missing.length > 0) throw new ProductNotAvailableError(connectionId, missing, available);
}

/** The run as soon as its memo says so, or it has ended; as it is then when that takes too long. */
async function readRunUntil(calls: TemporalRpc, run: Run, holds: (run: Run) => boolean): Promise<Run> {
  const untilMs = Date.now() + MEMO_WAIT_MS;
  let latest = run;
  while (!holds(latest) && latest.description.state === 'running' && Date.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, MEMO_POLL_MS));
    const { connectionId, runId } = latest.description;
    latest = (await readRun(calls, connectionId, runId)) ?? latest;
  }
  return latest;
}
