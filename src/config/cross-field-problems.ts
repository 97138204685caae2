import { ANSWER_ARRIVES_WITHIN_MS } from '../refresh/model/call-bounds';
import { durationMs } from '../refresh/model/duration';
import { DEFAULT_POLICY, type RefreshPolicyInput } from '../refresh/model/policy';
import { MELD_TIMEOUT_MS } from './assemble';
import type { Values, VariableName } from './variables';

/** Said when there is a key and no word of which Meld it belongs to. */
export const MISSING_ENVIRONMENT =
  'MELD_ENVIRONMENT: expected "sandbox" or "production" (or MELD_BASE_URL), received nothing';

/** What is wrong between variables: pairs of which one is set, alternatives of which both are. */
export function crossFieldProblems(env: NodeJS.ProcessEnv): readonly string[] {
  const isSet = (name: VariableName) => Boolean(env[name]);
  const pairs: readonly (readonly [VariableName, VariableName])[] = [
    ['MELD_WEBHOOK_SECRETS', 'MELD_WEBHOOK_URL'],
    ['OUTCOME_WEBHOOK_URL', 'OUTCOME_WEBHOOK_SECRET'],
    ['TEMPORAL_WORKER_DEPLOYMENT_NAME', 'TEMPORAL_WORKER_BUILD_ID'],
  ];
  const broken = pairs
    .filter(([a, b]) => isSet(a) !== isSet(b))
    .map(([a, b]) =>
      isSet(a) ? `${b}: expected a value because ${a} is set` : `${a}: expected a value because ${b} is set`,
    );
  // A codec endpoint is wanted, and what it would decode is about to be written in plain.
  if (isSet('CODEC_CORS_ORIGIN') && !isSet('PAYLOAD_KEYS'))
    broken.push('PAYLOAD_KEYS: expected a value because CODEC_CORS_ORIGIN is set');
  const withoutEnvironment = isSet('MELD_API_KEY') && !isSet('MELD_ENVIRONMENT') && !isSet('MELD_BASE_URL');
  if (withoutEnvironment) return [...broken, MISSING_ENVIRONMENT];
  const both = isSet('MELD_ENVIRONMENT') && isSet('MELD_BASE_URL');
  return both
    ? [...broken, 'MELD_BASE_URL: expected nothing because MELD_ENVIRONMENT is set: one names Meld']
    : broken;
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
