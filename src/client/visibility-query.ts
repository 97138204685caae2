import { expect, instant, type Check } from '../refresh/input/checks';
import { refuseProblems } from '../refresh/input/invalid-request';
import { REQUEST_CHECKS } from '../refresh/input/parse-request';
import { instantMs, toInstant } from '../refresh/model/instant';
import { OUTCOMES, type Outcome } from '../refresh/model/outcome';
import { REFRESH_CONNECTION, refreshWorkflowId, searchAttributes } from '../workflows/messages';
import { workflowIdOf } from './ids';
import { REFRESH_STATES, type RefreshState } from './refresh-description';

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

/** A provider is whatever Meld names. */
const provider = expect(
  '1 to 200 characters, no quotation mark, backslash or control character',
  (value) => typeof value === 'string' && value !== '' && value.length <= 200 && !UNSEARCHABLE.test(value),
);

/** What each field of a filter takes, from HTTP and the command line as well. */
export const FILTER_CHECKS: Readonly<Record<keyof RefreshFilter, Check>> = {
  state: expect(`one of ${REFRESH_STATES.join(', ')}`, (value) =>
    REFRESH_STATES.some((one) => one === value),
  ),
  outcome: expect(`one of ${OUTCOMES.join(', ')}`, (value) => OUTCOMES.some((one) => one === value)),
  connectionId: REQUEST_CHECKS.connectionId,
  customerId: REQUEST_CHECKS.customerId,
  provider,
  since: instant,
  until: instant,
};

/**
 * Temporal's list filter (https://docs.temporal.io/list-filter).
 * @throws InvalidRequestError for a value that no refresh can have, or that Temporal cannot look for.
 */
export function visibilityQuery(filter: RefreshFilter): string {
  const { state, outcome, connectionId, customerId, provider, since, until } = filter;
  refuseProblems(
    Object.entries(FILTER_CHECKS).flatMap(([field, check]) => {
      const value = filter[field as keyof RefreshFilter];
      return value === undefined ? [] : check(value, field);
    }),
  );
  const at = (instant: string): string => toInstant(instantMs(instant) ?? NaN);
  return [
    `WorkflowType = '${REFRESH_CONNECTION}'`,
    // By workflow id: a run that failed on its input has no search attribute. One of another id is of no connection.
    connectionId === undefined
      ? `WorkflowId STARTS_WITH '${refreshWorkflowId('')}'`
      : `WorkflowId = '${workflowIdOf(connectionId)}'`,
    ...(state === undefined ? [] : [STATUSES[state]]),
    ...(outcome === undefined ? [] : [`${searchAttributes.outcome.name} = '${outcome}'`]),
    ...(customerId === undefined ? [] : [`${searchAttributes.customerId.name} = '${customerId}'`]),
    ...(provider === undefined
      ? []
      : [`${searchAttributes.provider.name} = '${provider.replaceAll("'", "''")}'`]),
    ...(since === undefined ? [] : [`StartTime >= '${at(since)}'`]),
    ...(until === undefined ? [] : [`StartTime < '${at(until)}'`]),
  ].join(' AND ');
}
