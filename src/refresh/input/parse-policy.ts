import { durationMs } from '../model/duration';
import { InvalidRequestError } from './invalid-request';
import { OUTCOMES } from '../model/outcome';
import { DEFAULT_POLICY } from '../model/policy';
import type { RefreshPolicy, RefreshPolicyInput } from '../model/policy';

/** A policy with every duration in milliseconds: what the core computes with. */
export interface ResolvedPolicy {
  readonly clockToleranceMs: number;
  readonly settleMs: number;
  readonly completionWaitMs: number;
  readonly poll: Growth;
  readonly unknownAnswerWaitMs: number;
  readonly repairedWaitMs: number;
  readonly serverErrorRetries: number;
  readonly serverErrorBackoff: Growth;
  readonly statusChangeWaitMs: number;
  readonly defaultRateLimitWindowMs: number;
  readonly rateLimitFloorMs: number;
  readonly rateLimitCeilingMs: number;
  readonly maxRateLimitWaits: number;
  readonly maxCharges: number;
  readonly giveUpAfterMs: number;
  readonly deliverOutcomes: ReadonlySet<string>;
  readonly forcedRefreshEveryMs: ReadonlyMap<string, number>;
}

/** An interval that grows by a factor up to a maximum. */
export interface Growth {
  readonly initialMs: number;
  readonly factor: number;
  readonly maximumMs: number;
}

/** 100 ms: shorter polls or backoffs would turn a wait into a loop. */
const SHORTEST_INTERVAL_MS = 100;

/** Lays a partial policy over another, nested objects field by field. */
export function mergePolicies<P extends RefreshPolicyInput>(base: P, over: RefreshPolicyInput): P {
  return {
    ...base,
    ...over,
    ...(over.poll && { poll: { ...base.poll, ...over.poll } }),
    ...(over.serverErrorBackoff && {
      serverErrorBackoff: { ...base.serverErrorBackoff, ...over.serverErrorBackoff },
    }),
    ...(over.providers && { providers: { ...base.providers, ...over.providers } }),
  };
}

/**
 * The defaults with `input` laid over them, ready to compute with.
 * @throws InvalidRequestError that names the first field that is wrong.
 */
export function resolvePolicy(input: RefreshPolicyInput = {}): ResolvedPolicy {
  const policy: RefreshPolicy = mergePolicies(DEFAULT_POLICY, input);
  return {
    clockToleranceMs: durationField(policy.clockTolerance, 'clockTolerance'),
    settleMs: durationField(policy.settle, 'settle'),
    completionWaitMs: durationField(policy.completionWait, 'completionWait'),
    poll: growth(policy.poll.first, policy.poll.factor, policy.poll.maximum, 'poll', 'first'),
    unknownAnswerWaitMs: durationField(policy.unknownAnswerWait, 'unknownAnswerWait'),
    repairedWaitMs: durationField(policy.repairedWait, 'repairedWait'),
    serverErrorRetries: count(policy.serverErrorRetries, 'serverErrorRetries', 0),
    serverErrorBackoff: growth(
      policy.serverErrorBackoff.initial,
      policy.serverErrorBackoff.factor,
      policy.serverErrorBackoff.maximum,
      'serverErrorBackoff',
      'initial',
    ),
    statusChangeWaitMs: durationField(policy.statusChangeWait, 'statusChangeWait'),
    defaultRateLimitWindowMs: durationField(policy.defaultRateLimitWindow, 'defaultRateLimitWindow'),
    rateLimitFloorMs: durationField(policy.rateLimitFloor, 'rateLimitFloor'),
    rateLimitCeilingMs: durationField(policy.rateLimitCeiling, 'rateLimitCeiling'),
    maxRateLimitWaits: count(policy.maxRateLimitWaits, 'maxRateLimitWaits', 0),
    maxCharges: count(policy.maxCharges, 'maxCharges', 1),
    giveUpAfterMs: durationField(policy.giveUpAfter, 'giveUpAfter'),
    deliverOutcomes: new Set(outcomes(policy.deliverOutcomes, 'deliverOutcomes')),
    forcedRefreshEveryMs: new Map(
      Object.entries(policy.providers).map(([provider, rule]) => [
        provider,
        durationField(rule.forcedRefreshEvery, `providers.${provider}.forcedRefreshEvery`),
      ]),
    ),
  };
}

function durationField(value: unknown, field: string): number {
  const valueMs = typeof value === 'string' ? durationMs(value) : null;
  if (valueMs === null) {
    throw new InvalidRequestError(`policy.${field}`, 'a duration such as "90s", "15m" or "3h"', value);
  }
  return valueMs;
}

function count(value: unknown, field: string, least: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw new InvalidRequestError(`policy.${field}`, `a whole number, ${least} or more`, value);
  }
  return value;
}

function outcomes(value: unknown, field: string): readonly string[] {
  const known = (item: unknown): item is string => OUTCOMES.some((outcome) => outcome === item);
  if (!Array.isArray(value) || !value.every(known)) {
    throw new InvalidRequestError(`policy.${field}`, `a list of ${OUTCOMES.join(', ')}`, value);
  }
  return value;
}

function growth(initial: unknown, factor: unknown, maximum: unknown, field: string, first: string): Growth {
  const initialMs = durationField(initial, `${field}.${first}`);
  if (initialMs < SHORTEST_INTERVAL_MS) {
    throw new InvalidRequestError(`policy.${field}.${first}`, `at least ${SHORTEST_INTERVAL_MS} ms`, initial);
  }
  if (typeof factor !== 'number' || !Number.isFinite(factor) || factor < 1) {
    throw new InvalidRequestError(`policy.${field}.factor`, 'a number, 1 or more', factor);
  }
  return { initialMs, factor, maximumMs: Math.max(initialMs, durationField(maximum, `${field}.maximum`)) };
}
