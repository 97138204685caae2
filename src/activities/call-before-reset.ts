import { Context } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { isObject } from '../refresh/input/checks';
import { instantMs } from '../refresh/model/instant';
import type { LastCall } from '../refresh/model/outcome';

/** 20: an operator who has reset a run that often knows of its calls. */
const MOST_RUNS = 20;
const GRPC_NOT_FOUND = 5;

/**
 * The latest call that earlier runs have left in their memos, after a reset of one of them; `null` for a run that was
 * not reset. A reset run begins with a part of the old one's history and knows nothing of what came after it.
 * @param firstRunId which run was the first, as far as the workflow knows: then a run that was not reset asks nobody
 * @throws whatever the SDK throws when Temporal cannot be asked
 */
export async function callBeforeReset(firstRunId?: string): Promise<LastCall | null> {
  const { client, info } = Context.current();
  const { workflowId, runId } = info.workflowExecution ?? {};
  if (workflowId === undefined || runId === undefined) return null;
  const { namespace } = client.options;
  const describe = (id: string) =>
    client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId, runId: id } });
  const first = firstRunId ?? (await describe(runId)).workflowExecutionInfo?.firstRunId;
  if (!first || first === runId) return null;
  // A run names the last of its resets: of one in between only the list of all runs tells. That may lag behind; so both.
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace,
    query: `WorkflowId = ${JSON.stringify(workflowId)}`,
    pageSize: MOST_RUNS,
  });
  const runIds = new Set([first, ...executions.map(({ execution }) => execution?.runId ?? '')]);
  runIds.delete('');
  const calls: LastCall[] = [];
  let asked = 0;
  // Grows while it is gone through.
  for (const id of runIds) {
    if (id === runId) continue;
    if (++asked > MOST_RUNS) break;
    try {
      const run = await describe(id);
      const call = await lastCallIn(client, run.workflowExecutionInfo?.memo?.fields?.['progress']);
      if (call !== null) calls.push(call);
      if (run.workflowExtendedInfo?.resetRunId) runIds.add(run.workflowExtendedInfo.resetRunId);
    } catch (error) {
      // Removed by retention: what it called is older than anything that could still come.
      const code: number | null = isGrpcServiceError(error) ? error.code : null;
      if (code !== GRPC_NOT_FOUND) throw error;
    }
  }
  return calls.sort((a, b) => sentMs(b) - sentMs(a))[0] ?? null;
}

const sentMs = ({ sentAt }: LastCall): number => instantMs(sentAt) ?? -Infinity;

type Payload = Parameters<Client['options']['loadedDataConverter']['payloadConverter']['fromPayload']>[0];

/** A memo that cannot be read, under a removed key for example, is no memory. */
async function lastCallIn(client: Client, payload: Payload | null | undefined): Promise<LastCall | null> {
  if (!payload) return null;
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  try {
    let payloads = [payload];
    for (const codec of [...payloadCodecs].reverse()) payloads = await codec.decode(payloads);
    const progress: unknown = payloads[0] && payloadConverter.fromPayload(payloads[0]);
    const lastCall = isObject(progress) ? progress['lastCall'] : null;
    return isObject(lastCall) && typeof lastCall['sentAt'] === 'string'
      ? (lastCall as unknown as LastCall)
      : null;
  } catch {
    return null;
  }
}
