import { InvalidRequestError } from '../refresh/input/invalid-request';
import { parseRequest } from '../refresh/input/parse-request';
import { instantMs, toInstant } from '../refresh/model/instant';
import { OUTCOMES } from '../refresh/model/outcome';
import type { Outcome } from '../refresh/model/outcome';
import { REFRESH_CONNECTION, refreshWorkflowId, searchAttributes } from '../workflows/messages';
import { workflowIdOf } from './ids';
import { REFRESH_STATES } from './refresh-description';
import type { RefreshState } from './refresh-description';

/** Which refreshes to list; fields given are all to hold. */
export interface RefreshFilter {
  readonly state?: RefreshState;
  readonly outcome?: Outcome;
  readonly customerId?: string;
  readonly provider?: string;
  readonly connectionId?: string;
  /** RFC 3339: started at or after it. */
  readonly since?: string;
  /** RFC 3339: started before it. */
  readonly until?: string;
}

const STATUSES: Readonly<Record<RefreshState, string>> = {
  // A paused run has its end to come.
  running: `ExecutionStatus IN ('Running', 'Paused')`,
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
export function visibilityQuery(filter: RefreshFilter): string {
  const { state, outcome, since, until } = filter;
  const { connectionId } = filter;
  const conditions = [
    `WorkflowType = '${REFRESH_CONNECTION}'`,
    // By workflow id: a run that failed on its input has no search attribute. One of another id is of no connection.
    connectionId === undefined
      ? `WorkflowId STARTS_WITH '${refreshWorkflowId('')}'`
      : `WorkflowId = '${workflowIdOf(connectionId)}'`,
  ];
  if (state !== undefined) conditions.push(STATUSES[oneOf(REFRESH_STATES, state, 'state')]);
  if (outcome !== undefined) {
    conditions.push(`${searchAttributes.outcome.name} = '${oneOf(OUTCOMES, outcome, 'outcome')}'`);
  }
  const { customerId, provider } = filter;
  if (customerId !== undefined) {
    parseRequest({ connectionId: 'any', customerId });
    conditions.push(`${searchAttributes.customerId.name} = '${customerId}'`);
  }
  if (provider !== undefined) conditions.push(`${searchAttributes.provider.name} = ${quoted(provider)}`);
  if (since !== undefined) conditions.push(`StartTime >= '${instant(since, 'since')}'`);
  if (until !== undefined) conditions.push(`StartTime < '${instant(until, 'until')}'`);
  return conditions.join(' AND ');
}

function instant(value: string, field: string): string {
  const ms = instantMs(value);
  if (ms === null)
    throw new InvalidRequestError(field, 'an RFC 3339 instant such as "2026-03-01T12:00:00Z"', value);
  return toInstant(ms);
}

function oneOf<T extends string>(known: readonly T[], value: T, field: string): T {
  if (!known.includes(value)) throw new InvalidRequestError(field, `one of ${known.join(', ')}`, value);
  return value;
}

/** Of a provider, which is whatever Meld names. */
function quoted(value: string): string {
  if (value === '' || value.length > 200 || UNSEARCHABLE.test(value)) {
    throw new InvalidRequestError(
      'provider',
      '1 to 200 characters, no quotation mark, backslash or control character',
      value,
    );
  }
  return `'${value.replaceAll("'", "''")}'`;
}
