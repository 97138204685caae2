import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineSignal } from '@temporalio/workflow';
import type { OnRateLimit, OnRepair } from '../refresh/model/request';
import type { Product } from '../refresh/model/product';

/** The workflow type. Start it by this name from any language. */
export const REFRESH_CONNECTION = 'refreshConnection';

/** Tells the outcome webhook how a refresh ended. */
export const DELIVER_OUTCOME = 'deliverOutcome';

/** The task queue when none is configured. */
export const DEFAULT_TASK_QUEUE = 'meld-refresh';

/** A Meld webhook, reduced to what a refresh needs. */
export interface EventSignal {
  /** Meld's `eventId`: a delivery that comes twice counts once. */
  readonly eventId: string;
  /** The event's own timestamp, RFC 3339. */
  readonly occurredAt: string;
}

export interface StatusSignal extends EventSignal {
  readonly oldStatus?: string;
  readonly newStatus?: string;
}

/** Another caller's request for a connection that is being refreshed. */
export interface JoinSignal {
  /** Unique per request, so that a retried signal counts once. */
  readonly joinId: string;
  /** RFC 3339: when the other caller asked. */
  readonly requestedAt: string;
  /** Left out: all products of the connection. */
  readonly products?: readonly Product[];
  /** RFC 3339; only when the caller named `freshSince` or `maxAge`. */
  readonly freshSince?: string;
  readonly giveUpAfter?: string;
  readonly onRateLimit?: OnRateLimit;
  readonly onRepair?: OnRepair;
  readonly maxCharges?: number;
}

export const accountsUpdated = defineSignal<[EventSignal]>('accountsUpdated');
export const transactionsAggregated = defineSignal<[EventSignal]>('transactionsAggregated');
export const connectionStatusChanged = defineSignal<[StatusSignal]>('connectionStatusChanged');
export const join = defineSignal<[JoinSignal]>('join');

/** The memo key that holds the run's `Progress`. */
export const PROGRESS_MEMO = 'progress';

/** Opaque ids and closed sets only: search attributes are stored in plain text. */
export const searchAttributes = {
  connectionId: defineSearchAttributeKey('MeldConnectionId', SearchAttributeType.KEYWORD),
  customerId: defineSearchAttributeKey('MeldCustomerId', SearchAttributeType.KEYWORD),
  provider: defineSearchAttributeKey('MeldProvider', SearchAttributeType.KEYWORD),
  outcome: defineSearchAttributeKey('MeldRefreshOutcome', SearchAttributeType.KEYWORD),
  nextRefreshAt: defineSearchAttributeKey('MeldNextRefreshAt', SearchAttributeType.DATETIME),
} as const;

/** One delivery per run, so that it never holds up the next refresh of the connection. */
export function deliveryWorkflowId(connectionId: string, runId: string): string {
  return `deliver-outcome-${connectionId}-${runId}`;
}

/** One open refresh per connection: this id is what holds it. */
export function refreshWorkflowId(connectionId: string): string {
  return `refresh-connection-${connectionId}`;
}
