import { readFileSync } from 'node:fs';
import { errorMessage } from '../lib/error-message';
import { describeProblem } from '../refresh/input/invalid-request';
import { policyProblems } from '../refresh/input/parse-policy';
import type { RefreshPolicyInput } from '../refresh/model/policy';

/** A policy, and every way in which the text is none. */
interface PolicyReading {
  readonly policy: RefreshPolicyInput;
  readonly problems: readonly string[];
}

/**
 * Reads `REFRESH_POLICY`: a JSON object, or the path of a file that holds one; empty: the defaults. Unknown fields are
 * refused: a misspelt limit must not go unnoticed. Never throws.
 */
export function readPolicy(text = ''): PolicyReading {
  if (text === '') return { policy: {}, problems: [] };
  const inline = text.trimStart().startsWith('{');
  let json: unknown;
  try {
    json = JSON.parse(inline ? text : readFileSync(text, 'utf8'));
  } catch (error) {
    const expected = 'a JSON object or the path of a file that holds one';
    return { policy: {}, problems: [`REFRESH_POLICY: expected ${expected}: ${errorMessage(error)}`] };
  }
  const problems = policyProblems(json, 'REFRESH_POLICY').map(describeProblem);
  return { policy: problems.length === 0 ? (json as RefreshPolicyInput) : {}, problems };
}
