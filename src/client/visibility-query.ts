import type { Outcome } from '../refresh/outcome';
import { REFRESH_CONNECTION, searchAttributes } from '../workflows/messages';
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

/** Temporal's list filter (https://docs.temporal.io/list-filter). */
export function visibilityQuery({ state, outcome, customerId, provider }: RefreshFilter): string {
  return [
    equals('WorkflowType', REFRESH_CONNECTION),
    ...(state === undefined ? [] : [STATUSES[state]]),
    ...(outcome === undefined ? [] : [equals(searchAttributes.outcome.name, outcome)]),
    ...(customerId === undefined ? [] : [equals(searchAttributes.customerId.name, customerId)]),
    ...(provider === undefined ? [] : [equals(searchAttributes.provider.name, provider)]),
  ].join(' AND ');
}

/** The list filter is SQL as MySQL reads it: a backslash escapes too. */
function equals(name: string, value: string): string {
  return `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
