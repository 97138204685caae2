import { findEvidence, mayBeCharged, needsOf } from './freshness';
import { toReadable } from './model/instant';
import type { RefreshState } from './state';
import { escalate, type Decision } from './step';

/** Whether no further call may be made: those that may have been charged are as many as callers allow. */
export function isAtChargeLimit({ calls, terms, policy }: RefreshState): boolean {
  return chargedCalls(calls) >= (terms.maxCharges ?? policy.maxCharges);
}

/** How many calls of this run may have been charged, the one under way among them. */
export function chargedCalls({ made, pending }: RefreshState['calls']): number {
  return made.filter(mayBeCharged).length + (pending === null ? 0 : 1);
}

/** A call is due, and none is allowed any more. */
export function chargeLimit(state: RefreshState, nowMs: number): Decision {
  const { calls, terms, policy } = state;
  const limit = terms.maxCharges ?? policy.maxCharges;
  const { missing } = findEvidence(needsOf(state), state, nowMs);
  return escalate(
    'charge_limit',
    `Calls that may be charged so far: ${chargedCalls(calls)}, of ${limit} allowed. ` +
      `There is no data since ${toReadable(terms.freshSinceMs)} of ${missing.join(', ')}.`,
  );
}
