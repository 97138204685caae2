import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

/** How long the tasks of one run have waited from schedule to start, in ms; each sum is over all of them. */
export interface Waits {
  readonly workflowTasks: number;
  readonly reads: number;
  readonly calls: number;
}

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export async function waitsOf(client: Client, workflowId: string): Promise<Waits> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const waits = { workflowTasks: 0, reads: 0, calls: 0 };
  const scheduled = new Map((events ?? []).map((event) => [String(event.eventId), event]));
  for (const event of events ?? []) {
    const id = (event.workflowTaskStartedEventAttributes ?? event.activityTaskStartedEventAttributes)
      ?.scheduledEventId;
    const before = scheduled.get(String(id));
    if (before === undefined) continue;
    const type = before.activityTaskScheduledEventAttributes?.activityType?.name;
    const kind = type === undefined ? 'workflowTasks' : type === 'requestRefresh' ? 'calls' : 'reads';
    waits[kind] += atMs(event) - atMs(before);
  }
  return waits;
}

const atMs = ({ eventTime }: HistoryEvent): number =>
  Number(eventTime?.seconds) * 1_000 + Number(eventTime?.nanos) / 1e6;
