import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

/** Where the time of one refresh went, in ms; each is a sum over all of its kind, and some overlap. */
export interface Waits {
  /** From the ask to the run's first event: the describe before the start, and the start. */
  readonly start: number;
  /** From schedule to start. */
  readonly workflowTasks: number;
  readonly reads: number;
  readonly calls: number;
  /** From start to completion: the worker's code and Meld, and the way to Temporal. */
  readonly inWorker: number;
  /** From the last event to the result in the caller's hands. */
  readonly told: number;
}

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** @param askedAtMs of this machine's clock, as `toldAtMs` */
export async function waitsOf(
  client: Client,
  workflowId: string,
  askedAtMs: number,
  toldAtMs: number,
): Promise<Waits> {
  const events = (await client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
  const waits = { workflowTasks: 0, reads: 0, calls: 0, inWorker: 0 };
  const byId = new Map(events.map((event) => [String(event.eventId), event]));
  for (const event of events) {
    const started = event.workflowTaskStartedEventAttributes ?? event.activityTaskStartedEventAttributes;
    const scheduledEvent = byId.get(String(started?.scheduledEventId));
    if (scheduledEvent !== undefined) {
      const type = scheduledEvent.activityTaskScheduledEventAttributes?.activityType?.name;
      const kind = type === undefined ? 'workflowTasks' : type === 'requestRefresh' ? 'calls' : 'reads';
      waits[kind] += atMs(event) - atMs(scheduledEvent);
    }
    const completed =
      event.workflowTaskCompletedEventAttributes ?? event.activityTaskCompletedEventAttributes;
    const startedEvent = byId.get(String(completed?.startedEventId));
    if (startedEvent !== undefined) waits.inWorker += atMs(event) - atMs(startedEvent);
  }
  return { ...waits, start: atMs(events[0]) - askedAtMs, told: toldAtMs - atMs(events.at(-1)) };
}

function atMs(event: HistoryEvent | undefined): number {
  return Number(event?.eventTime?.seconds) * 1_000 + Number(event?.eventTime?.nanos) / 1e6;
}
