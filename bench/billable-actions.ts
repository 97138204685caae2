import { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

const { EventType } = temporal.api.enums.v1;

const BILLED: ReadonlySet<unknown> = new Set([
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
  EventType.EVENT_TYPE_TIMER_STARTED,
  EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
]);

/** Temporal's billable actions but for activity attempts, each of which is a GET or a POST here. */
export function actionsIn(events: readonly HistoryEvent[]): number {
  return events.filter(({ eventType }) => BILLED.has(eventType)).length;
}

export function workflowTasksIn(events: readonly HistoryEvent[]): number {
  return events.filter(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED).length;
}
