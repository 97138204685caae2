import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { refreshWorkflowId } from '../../../src/workflows/messages';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** The events of the connection's latest run, as Temporal holds them. */
export async function historyOf(client: Client, connectionId: string): Promise<readonly HistoryEvent[]> {
  const { events } = await client.workflow.getHandle(refreshWorkflowId(connectionId)).fetchHistory();
  return events ?? [];
}
