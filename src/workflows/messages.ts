import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineSignal } from '@temporalio/workflow';
import type { EventSignal, StatusSignal } from '../refresh/model/event';
import type { RefreshRequest } from '../refresh/model/request';

/** The workflow type. Start it by this name from any language. */
export const REFRESH_CONNECTION = 'refreshConnection';

/** Tells the outcome webhook how a refresh ended. */
export const DELIVER_OUTCOME = 'deliverOutcome';

/** The task queue when none is configured. */
export const DEFAULT_TASK_QUEUE = 'meld-refresh';

/**
 * Where the charged calls of a task queue's refreshes wait for a worker: apart from everything else, so that a limit of
 * their rate holds up nothing else.
 */
export function callsTaskQueue(taskQueue: string): string {
  return `${taskQueue}-calls`;
}

/** Another caller's request for a connection that is being refreshed: what it wishes, in the request's own words. */
export interface JoinSignal extends Omit<
  RefreshRequest,
  'connectionId' | 'customerId' | 'notBefore' | 'lastCall' | 'idempotencyKeys' | 'policy'
> {
  /** Unique per request, so that a repeated signal counts once. */
  readonly joinId: string;
  /** RFC 3339: when the other caller asked; what `maxAge`, `giveUpAfter` and the default of `freshSince` count from. */
  readonly requestedAt: string;
}

export const accountsUpdated = defineSignal<[EventSignal]>('accountsUpdated');
export const transactionsAggregated = defineSignal<[EventSignal]>('transactionsAggregated');
export const connectionStatusChanged = defineSignal<[StatusSignal]>('connectionStatusChanged');
export const join = defineSignal<[JoinSignal]>('join');

/** The memo key that holds the run's `Progress`. */
export const PROGRESS_MEMO = 'progress';

/** The memo key that holds the `Memory` a run was started with, for the time before its first progress. */
export const MEMORY_MEMO = 'memory';

/** Opaque ids and closed sets only: search attributes are stored in plain text. */
export const searchAttributes = {
  connectionId: defineSearchAttributeKey('MeldConnectionId', SearchAttributeType.KEYWORD),
  customerId: defineSearchAttributeKey('MeldCustomerId', SearchAttributeType.KEYWORD),
  provider: defineSearchAttributeKey('MeldProvider', SearchAttributeType.KEYWORD),
  outcome: defineSearchAttributeKey('MeldRefreshOutcome', SearchAttributeType.KEYWORD),
  nextRefreshAt: defineSearchAttributeKey('MeldNextRefreshAt', SearchAttributeType.DATETIME),
} as const;

/**
 * One delivery per result, so that it never holds up the next refresh of the connection, nor what the same run, reset or
 * joined meanwhile, comes to after it. A replay finds it again: neither part changes in a reset.
 * @param firstRunId Temporal's `firstExecutionRunId`
 * @param finishedAt of the result
 */
export function deliveryWorkflowId(connectionId: string, firstRunId: string, finishedAt: string): string {
  return `deliver-outcome-${connectionId}-${firstRunId}-${finishedAt}`;
}

export { refreshWorkflowId } from '../refresh/model/connection-id';
