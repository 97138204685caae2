import { chargedCalls } from '../charge-limit';
import { allProductsOf, availableProducts, callsThatMayHaveRun, isAwaited } from '../freshness';
import { toInstant, toReadable } from '../model/instant';
import type { EarlierCall, LastCall, RefreshResult } from '../model/outcome';
import { PRODUCTS } from '../model/product';
import type { Phase, Progress } from '../model/progress';
import { callAllowedAtMs } from '../rate-limit';
import { asLastCall } from '../remembered-calls';
import { ledgerOf } from './result';
import type { RefreshState, SentCall } from '../state';
import { callCount, isPoll, type Step } from '../step';
import { isDelivered } from '../waiting';

/** 50 calls, 21 kB at most: the memo is written again for each step, and the history has room for so much. */
const LEDGER_IN_MEMO = 50;

/** Where the run is while it carries out `step`: the memo that `describe` shows, and what the next run must know. */
export function toProgress(state: RefreshState, step: Step, nowMs: number): Progress {
  const { terms, policy, connection, calls, callers } = state;
  const endMs = callAllowedAtMs(state);
  return {
    phase: phaseOf(step),
    why: step.step === 'finish' ? describeEnding(step.result) : step.why,
    waitingUntil: step.step === 'wait' || isPoll(step) ? toInstant(step.untilMs) : null,
    calls: calls.made.length + (calls.pending === null ? 0 : 1),
    mayBeCharged: chargedCalls(calls),
    ledger: ledgerOf(state).slice(-LEDGER_IN_MEMO),
    accepted: calls.made.filter(({ answer }) => answer === 'accepted').length,
    joins: callers.seenJoinIds.size,
    nextAllowedAt: endMs === null ? null : toInstant(endMs),
    connectionProducts: connection.latest === null ? null : availableProducts(connection.latest),
    terms: {
      allProducts: terms.allProducts,
      products: terms.allProducts
        ? [...new Set([...allProductsOf(connection.latest), ...terms.products])]
        : terms.products,
      freshSince: toInstant(terms.freshSinceMs),
      deadline: toInstant(terms.deadlineMs),
      onRateLimit: terms.onRateLimit,
      onRepair: terms.onRepair,
      maxCharges: terms.maxCharges ?? policy.maxCharges,
      ...(terms.priority === 'bulk' && { priority: terms.priority }),
    },
    lastCall: lastCallOf(state, nowMs),
    idempotencyKeys: callers.keys,
  };
}

/**
 * The calls that may have run, as far as the next run must know of them: the data of one may still come, or it was for
 * some products, so that a timestamp it may have moved tells of no others.
 */
function lastCallOf(state: RefreshState, nowMs: number): LastCall | null {
  const { policy, calls, connection } = state;
  const aggregatedAtMs = connection.aggregation?.atMs ?? -Infinity;
  const settled = new Set<SentCall>(calls.remembered.filter((call) => call.isDelivered));
  return asLastCall(
    callsThatMayHaveRun(calls).flatMap((call) => {
      const delivered = settled.has(call) || isDelivered(call, state, nowMs);
      const mayCome = !delivered && isAwaited(call, nowMs, policy);
      const mayExplain = call.products !== null && isAwaited(call, aggregatedAtMs, policy);
      return mayCome || mayExplain ? [{ ...toEarlierCall(call), ...(delivered && { delivered }) }] : [];
    }),
  );
}

function toEarlierCall({ sentAtMs, leftByMs, products, aggregatedBeforeMs }: SentCall): EarlierCall {
  return {
    sentAt: toInstant(sentAtMs),
    ...(leftByMs > sentAtMs && { leftBy: toInstant(leftByMs) }),
    products: products && PRODUCTS.filter((product) => products.includes(product)),
    aggregatedBefore: aggregatedBeforeMs === null ? null : toInstant(aggregatedBeforeMs),
  };
}

export function phaseOf(step: Step): Phase {
  switch (step.step) {
    case 'read':
    case 'wait':
      return step.phase;
    case 'call':
      return 'calling';
    case 'finish':
      return 'ended';
  }
}

/** How it ended, in a line. */
export function describeEnding(result: RefreshResult): string {
  switch (result.outcome) {
    case 'refreshed':
      return `the data came after ${callCount(result.calls.length)}`;
    case 'already_fresh':
      return 'the data is there without a call of this run';
    case 'repair_required':
      return `the customer must repair the connection first (${result.reason})`;
    case 'not_refreshable':
      return `Meld would refuse the call (${result.reason})`;
    case 'not_found':
      return 'Meld does not know the connection: check the id and the environment';
    case 'rate_limited':
      return `the provider allows the next call at ${toReadable(Date.parse(result.nextAllowedAt))}`;
    case 'escalated':
      return result.message;
  }
}
