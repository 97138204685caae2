import { readFileSync } from 'node:fs';
import { describeProblem } from '../refresh/input/invalid-request';
import { policyProblems } from '../refresh/input/parse-policy';
import type { RefreshPolicyInput } from '../refresh/model/policy';

/** Either the policy, or every way in which the text is none. */
export type PolicyReading =
  { readonly policy: RefreshPolicyInput } | { readonly problems: readonly string[] };

/**
 * Reads `REFRESH_POLICY`: a JSON object, or the path of a file that holds one. Unknown fields are refused: a
 * misspelt limit must not go unnoticed. Never throws.
 */
export function readPolicy(text: string): PolicyReading {
  const inline = text.trimStart().startsWith('{');
  let json: unknown;
  try {
    json = JSON.parse(inline ? text : readFileSync(text, 'utf8'));
  } catch (error) {
    const reason = String(Reflect.get(Object(error), 'message'));
    return {
      problems: [`REFRESH_POLICY: expected a JSON object or the path of a file that holds one: ${reason}`],
    };
  }
  const problems = policyProblems(json, 'REFRESH_POLICY');
  return problems.length === 0
    ? { policy: json as RefreshPolicyInput }
    : { problems: problems.map(describeProblem) };
}
