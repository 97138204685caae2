import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { RefreshResult } from '../../src/refresh/model/outcome';
import { mapConcurrent } from '../../src/lib/map-concurrent';
import { REFRESH_CONNECTION, refreshWorkflowId } from '../../src/workflows/messages';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** One run, read from its history alone. */
export interface RunRecord {
  readonly connectionId: string;
  readonly runId: string;
  readonly startedAtMs: number;
  /** `null`: open. */
  readonly closedAtMs: number | null;
  readonly state: 'open' | 'completed' | 'closed otherwise';
  /** `null` unless it has completed. */
  readonly result: RefreshResult | null;
  readonly signals: readonly SignalRecord[];
  /** Idempotency keys of the requests that came in: the one of the start, and those of joins. */
  readonly keys: readonly string[];
  /** Why workflow tasks failed, in Temporal's words. */
  readonly taskFailures: readonly string[];
  /** The answers of charged calls, as the worker reported them, and when. */
  readonly answers: readonly { readonly requestId: string | null; readonly atMs: number }[];
  readonly marks: readonly Mark[];
}

export interface SignalRecord {
  readonly name: string;
  /** Meld's event, or the join. */
  readonly id: string;
  readonly atMs: number;
}

/** What only a process that works can have written. */
export interface Mark {
  readonly by: 'worker' | 'server';
  readonly atMs: number;
}

const AT_ONCE = 8;

/** All runs of all refreshes that this Temporal knows. */
export async function readRuns(client: Client): Promise<readonly RunRecord[]> {
  const found: { workflowId: string; runId: string }[] = [];
  const query = `WorkflowType = '${REFRESH_CONNECTION}'`;
  for await (const { workflowId, runId } of client.workflow.list({ query }))
    found.push({ workflowId, runId });
  const records = await mapConcurrent(found, AT_ONCE, async ({ workflowId, runId }) => {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    return recordOf(workflowId.slice(refreshWorkflowId('').length), runId, events ?? []);
  });
  return records.sort((a, b) => a.startedAtMs - b.startedAtMs);
}

/** Open runs, as far as visibility has got. */
export async function countOpen(client: Client): Promise<number> {
  const query = `WorkflowType = '${REFRESH_CONNECTION}' AND ExecutionStatus = 'Running'`;
  return (await client.workflow.count(query)).count;
}

function recordOf(connectionId: string, runId: string, events: readonly HistoryEvent[]): RunRecord {
  const last = events.at(-1);
  const completed = last?.workflowExecutionCompletedEventAttributes;
  const open = !completed && !CLOSES.some((attributes) => last?.[attributes]);
  const calls = new Set(
    events
      .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'requestRefresh')
      .map(({ eventId }) => String(eventId)),
  );
  return {
    connectionId,
    runId,
    startedAtMs: timeOf(events[0]),
    closedAtMs: open ? null : timeOf(last),
    state: open ? 'open' : completed ? 'completed' : 'closed otherwise',
    result: completed ? decoded(completed.result) : null,
    keys: events.flatMap((event) => {
      const { input } =
        event.workflowExecutionStartedEventAttributes ?? event.workflowExecutionSignaledEventAttributes ?? {};
      const { idempotencyKey } = decoded(input) ?? {};
      return idempotencyKey === undefined ? [] : [idempotencyKey];
    }),
    signals: events.flatMap((event) => {
      const signaled = event.workflowExecutionSignaledEventAttributes;
      if (!signaled) return [];
      const { eventId, joinId } = decoded(signaled.input);
      return [{ name: signaled.signalName ?? '', id: eventId ?? joinId, atMs: timeOf(event) }];
    }),
    taskFailures: events.flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
      failed ? [`${failed.cause}: ${failed.failure?.message}`] : [],
    ),
    answers: events.flatMap((event) => {
      const answered = event.activityTaskCompletedEventAttributes;
      if (!answered || !calls.has(String(answered.scheduledEventId))) return [];
      return [{ requestId: decoded(answered.result).requestId, atMs: timeOf(event) }];
    }),
    marks: events.flatMap((event) => {
      const by = writerOf(event);
      return by === null ? [] : [{ by, atMs: timeOf(event) }];
    }),
  };
}

const CLOSES = [
  'workflowExecutionFailedEventAttributes',
  'workflowExecutionTimedOutEventAttributes',
  'workflowExecutionCanceledEventAttributes',
  'workflowExecutionTerminatedEventAttributes',
  'workflowExecutionContinuedAsNewEventAttributes',
] as const;

function writerOf(event: HistoryEvent): Mark['by'] | null {
  if (event.workflowTaskCompletedEventAttributes || event.activityTaskCompletedEventAttributes)
    return 'worker';
  if (event.workflowExecutionStartedEventAttributes || event.workflowExecutionSignaledEventAttributes)
    return 'server';
  return null;
}

function timeOf(event: HistoryEvent | undefined): number {
  const { seconds, nanos } = event?.eventTime ?? {};
  return Number(seconds) * 1_000 + (nanos ?? 0) / 1_000_000;
}

/** The one JSON value of a payload list. */
function decoded(payloads: temporal.api.common.v1.IPayloads | null | undefined) {
  const data = payloads?.payloads?.[0]?.data ?? Buffer.from('null');
  return JSON.parse(Buffer.from(data).toString('utf8'));
}
