import { durationMs } from '../model/duration';
import { OUTCOMES } from '../model/outcome';
import { DEFAULT_POLICY, type RefreshPolicy, type RefreshPolicyInput } from '../model/policy';
import {
  count,
  duration,
  durationThat,
  expect,
  fields,
  fieldsWith,
  isObject,
  oneOf,
  type Check,
} from './checks';
import { refuseProblems, type InputProblem } from './invalid-request';

type DurationField = {
  [K in keyof RefreshPolicy]: RefreshPolicy[K] extends string ? K : never;
}[keyof RefreshPolicy];

/** A policy with every duration in milliseconds: what the core computes with. */
export type ResolvedPolicy = { readonly [K in DurationField as `${K}Ms`]: number } & Pick<
  RefreshPolicy,
  'serverErrorRetries' | 'maxRateLimitWaits' | 'maxCharges'
> & {
    readonly poll: Growth;
    readonly serverErrorBackoff: Growth;
    readonly deliverOutcomes: ReadonlySet<string>;
    readonly forcedRefreshEveryMs: ReadonlyMap<string, number>;
  };

/** An interval that grows by a factor up to a maximum. */
export interface Growth {
  readonly initialMs: number;
  readonly factor: number;
  readonly maximumMs: number;
}

/** 100 ms: shorter polls, backoffs or windows would turn a wait into a loop. */
const SHORTEST_INTERVAL_MS = 100;
/** 1 s: a read that is older by the time the call is decided on would be followed by another read, for ever. */
const SHORTEST_READ_AGE_MS = 1_000;
/** 2 s: the shortest `MELD_TIMEOUT`, and as long again for the answer to reach Temporal. */
const SHORTEST_CALL_MS = 2_000;

/** 90 days: data that is wanted for longer than a bank grants access is not wanted from this run. */
const LONGEST_RUN_MS = 90 * 86_400_000;

/** How long a run may go on, as a request or a policy has it. */
export const runLength = expect(
  'a duration with its unit, such as "24h", at most 90 days',
  (value) => typeof value === 'string' && (durationMs(value) ?? Infinity) <= LONGEST_RUN_MS,
);

const factor = expect(
  'a number, 1 or more',
  (value) => typeof value === 'number' && Number.isFinite(value) && value >= 1,
);
const atLeast = (leastMs: number): Check => durationThat(`at least ${leastMs} ms`, (ms) => ms >= leastMs);
const interval = atLeast(SHORTEST_INTERVAL_MS);
const ruleFields = { forcedRefreshEvery: duration, after: oneOf('any_aggregation') };
const providerRule = fieldsWith(Object.keys(ruleFields), ruleFields);

const CHECKS: Readonly<Record<keyof RefreshPolicy, Check>> = {
  clockTolerance: duration,
  coalesce: duration,
  readMaxAge: atLeast(SHORTEST_READ_AGE_MS),
  settle: duration,
  settleWithWebhooks: duration,
  doubtfulReadWait: duration,
  callTimeout: atLeast(SHORTEST_CALL_MS),
  completionWait: duration,
  poll: fields({ first: interval, factor, maximum: duration }),
  unknownAnswerWait: duration,
  repairedWait: duration,
  serverErrorRetries: count(0),
  serverErrorBackoff: fields({ initial: interval, factor, maximum: duration }),
  statusChangeWait: duration,
  defaultRateLimitWindow: duration,
  rateLimitFloor: interval,
  rateLimitCeiling: duration,
  maxRateLimitWaits: count(0),
  maxCharges: count(1),
  giveUpAfter: runLength,
  deliverOutcomes: expect(
    `a list of ${OUTCOMES.join(', ')}`,
    (value) => Array.isArray(value) && value.every((item) => OUTCOMES.some((outcome) => outcome === item)),
  ),
  providers: (value, field) =>
    isObject(value)
      ? Object.entries(value).flatMap(([provider, rule]) => providerRule(rule, `${field}.${provider}`))
      : [{ field, expected: 'an object', received: value }],
};

/** Every way in which a partial policy is none, for configuration, requests and the workflow alike. Never throws. */
export function policyProblems(input: unknown, field = 'policy'): readonly InputProblem[] {
  return fields(CHECKS)(input, field);
}

/**
 * Whether a policy was written by a client, and so depends on no defaults of the worker's build. A field that comes later is
 * not to be asked for here: the policies of open runs lack it.
 */
export function isCompletePolicy(policy: RefreshPolicyInput): policy is RefreshPolicy {
  return Object.keys(CHECKS).every((field) => Object.hasOwn(policy, field));
}

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
 * @throws InvalidRequestError that names every field that is wrong.
 */
export function resolvePolicy(input: RefreshPolicyInput = {}): ResolvedPolicy {
  const policy: RefreshPolicy = mergePolicies(DEFAULT_POLICY, input);
  refuseProblems(policyProblems(policy));
  const { poll, serverErrorBackoff, deliverOutcomes, providers } = policy;
  const ms = (field: DurationField): number => durationMs(policy[field]) ?? 0;
  return {
    clockToleranceMs: ms('clockTolerance'),
    coalesceMs: ms('coalesce'),
    readMaxAgeMs: ms('readMaxAge'),
    settleMs: ms('settle'),
    settleWithWebhooksMs: ms('settleWithWebhooks'),
    doubtfulReadWaitMs: ms('doubtfulReadWait'),
    callTimeoutMs: ms('callTimeout'),
    completionWaitMs: ms('completionWait'),
    poll: growth(poll.first, poll),
    unknownAnswerWaitMs: ms('unknownAnswerWait'),
    repairedWaitMs: ms('repairedWait'),
    serverErrorRetries: policy.serverErrorRetries,
    serverErrorBackoff: growth(serverErrorBackoff.initial, serverErrorBackoff),
    statusChangeWaitMs: ms('statusChangeWait'),
    defaultRateLimitWindowMs: ms('defaultRateLimitWindow'),
    rateLimitFloorMs: ms('rateLimitFloor'),
    rateLimitCeilingMs: ms('rateLimitCeiling'),
    maxRateLimitWaits: policy.maxRateLimitWaits,
    maxCharges: policy.maxCharges,
    giveUpAfterMs: ms('giveUpAfter'),
    deliverOutcomes: new Set(deliverOutcomes),
    forcedRefreshEveryMs: new Map(
      Object.entries(providers).map(([provider, rule]) => [
        provider,
        durationMs(rule.forcedRefreshEvery) ?? 0,
      ]),
    ),
  };
}

function growth(initial: string, { factor, maximum }: { factor: number; maximum: string }): Growth {
  const initialMs = durationMs(initial) ?? 0;
  return { initialMs, factor, maximumMs: Math.max(initialMs, durationMs(maximum) ?? 0) };
}
