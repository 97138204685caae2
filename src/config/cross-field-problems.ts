import { ANSWER_ARRIVES_WITHIN_MS } from '../refresh/model/call-bounds';
import { durationMs } from '../refresh/model/duration';
import { DEFAULT_POLICY, type RefreshPolicyInput } from '../refresh/model/policy';
import { MELD_TIMEOUT_MS } from './assemble';
import type { Values, VariableName } from './variables';

/** Said when there is a key and no word of which Meld it belongs to. */
export const MISSING_ENVIRONMENT =
  'MELD_ENVIRONMENT: expected "sandbox" or "production" (or MELD_BASE_URL), received nothing';

const PAIRS = [
  ['MELD_WEBHOOK_SECRETS', 'MELD_WEBHOOK_URL'],
  ['OUTCOME_WEBHOOK_URL', 'OUTCOME_WEBHOOK_SECRET'],
  ['TEMPORAL_WORKER_DEPLOYMENT_NAME', 'TEMPORAL_WORKER_BUILD_ID'],
] as const;
/** The second is needed where the first is set. */
const NEEDS: readonly (readonly [VariableName, VariableName])[] = [
  ...PAIRS,
  ...PAIRS.map(([a, b]) => [b, a] as const),
  // A codec endpoint is wanted, and what it would decode is about to be written in plain.
  ['CODEC_CORS_ORIGIN', 'PAYLOAD_KEYS'],
];

/** What is wrong between variables: one is set without another that it needs, or two name Meld. */
export function crossFieldProblems(env: NodeJS.ProcessEnv): readonly string[] {
  const isSet = (name: VariableName) => Boolean(env[name]);
  const unmet = NEEDS.filter(([given, needed]) => isSet(given) && !isSet(needed));
  const problems = unmet.map(([given, needed]) => `${needed}: expected a value because ${given} is set`);
  const named = [isSet('MELD_ENVIRONMENT'), isSet('MELD_BASE_URL')].filter(Boolean).length;
  if (named === 0 && isSet('MELD_API_KEY')) problems.push(MISSING_ENVIRONMENT);
  if (named === 2)
    problems.push('MELD_BASE_URL: expected nothing because MELD_ENVIRONMENT is set: one names Meld');
  return problems;
}

/**
 * A call whose answer counts as lost before its request has timed out, and the answer has reached Temporal, would be paid
 * for again without need. What comes before the request leaves has a time of its own.
 */
export function callTimeoutProblems(
  { MELD_TIMEOUT: requestMs = MELD_TIMEOUT_MS }: Values,
  { callTimeout = DEFAULT_POLICY.callTimeout }: RefreshPolicyInput,
): readonly string[] {
  const leastMs = requestMs + ANSWER_ARRIVES_WITHIN_MS;
  if ((durationMs(callTimeout) ?? 0) >= leastMs) return [];
  const expected = `at least ${leastMs} ms (MELD_TIMEOUT, and ${ANSWER_ARRIVES_WITHIN_MS} ms for the answer to reach Temporal)`;
  return [`REFRESH_POLICY.callTimeout: expected ${expected}, received ${JSON.stringify(callTimeout)}`];
}
