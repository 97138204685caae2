import { InvalidRequestError } from '../refresh/input/invalid-request';
import { OUTCOMES } from '../refresh/model/outcome';
import type { Outcome } from '../refresh/model/outcome';
import { REFRESH_CONNECTION, searchAttributes } from '../workflows/messages';
import { REFRESH_STATES } from './refresh-description';
import type { RefreshState } from './refresh-description';

/** Which refreshes to list; fields given are all to hold. */
export interface RefreshFilter {
  readonly state?: RefreshState;
  readonly outcome?: Outcome;
  readonly customerId?: string;
  readonly provider?: string;
}

const STATUSES: Readonly<Record<RefreshState, string>> = {
  running: `ExecutionStatus = 'Running'`,
  ended: `ExecutionStatus = 'Completed'`,
  canceled: `ExecutionStatus = 'Canceled'`,
  failed: `ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut')`,
};

/**
 * Temporal takes a list filter apart and puts it together again without undoing these escapes (server 1.32.0), so
 * that no way of writing them ever matches.
 */
const UNSEARCHABLE = /[\\"\p{Cc}]/u;

/**
 * Temporal's list filter (https://docs.temporal.io/list-filter).
 * @throws InvalidRequestError for a value that no refresh can have, or that Temporal cannot look for.
 */
export function visibilityQuery({ state, outcome, customerId, provider }: RefreshFilter): string {
  const conditions = [`WorkflowType = '${REFRESH_CONNECTION}'`];
  if (state !== undefined) conditions.push(STATUSES[oneOf(REFRESH_STATES, state, 'state')]);
  if (outcome !== undefined) {
    conditions.push(`${searchAttributes.outcome.name} = '${oneOf(OUTCOMES, outcome, 'outcome')}'`);
  }
  if (customerId !== undefined) {
    conditions.push(`${searchAttributes.customerId.name} = ${quoted(customerId, 'customerId')}`);
  }
  if (provider !== undefined) {
    conditions.push(`${searchAttributes.provider.name} = ${quoted(provider, 'provider')}`);
  }
  return conditions.join(' AND ');
}

function oneOf<T extends string>(known: readonly T[], value: T, field: string): T {
  if (!known.includes(value)) throw new InvalidRequestError(field, `one of ${known.join(', ')}`, value);
  return value;
}

function quoted(value: string, field: string): string {
  if (value === '' || value.length > 200 || UNSEARCHABLE.test(value)) {
    throw new InvalidRequestError(
      field,
      '1 to 200 characters, no quotation mark, backslash or control character',
      value,
    );
  }
  return `'${value.replaceAll("'", "''")}'`;
}
