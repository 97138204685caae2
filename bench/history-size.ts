import type { Client } from '@temporalio/client';
import { refreshWorkflowId } from '../src/workflows/messages';
import type { HistorySize } from './figures';

/** Of the connection's latest run, as Temporal counts it. */
export async function historySizeOf(temporal: Client, connectionId: string): Promise<HistorySize> {
  const { historyLength, historySize } = await temporal.workflow
    .getHandle(refreshWorkflowId(connectionId))
    .describe();
  if (historySize === undefined) throw new Error(`${connectionId}: Temporal does not say how many bytes`);
  return { events: historyLength, bytes: historySize };
}
