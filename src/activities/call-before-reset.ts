import { Context } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { runsBeforeReset } from '../lib/runs-before-reset';
import { parseMemory } from '../refresh/input/parse-memory';
import type { LastCall } from '../refresh/model/outcome';
import { mergeLastCalls } from '../refresh/remembered-calls';

const GRPC_NOT_FOUND = 5;

/**
 * The calls that runs before a reset of this one have left in their memos; `null` for a run that was not reset.
 * @param firstRunId which run was the first, as far as the workflow knows: then a run that was not reset asks nobody
 * @throws whatever the SDK throws when Temporal cannot be asked
 */
export async function callBeforeReset(firstRunId?: string): Promise<LastCall | null> {
  const { client, info } = Context.current();
  const { workflowId, runId } = info.workflowExecution ?? {};
  if (workflowId === undefined || runId === undefined) return null;
  const describe = (id: string) =>
    client.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution: { workflowId, runId: id },
    });
  const first = firstRunId ?? (await describe(runId)).workflowExecutionInfo?.firstRunId;
  const calls = await runsBeforeReset(runId, first, async (id) => {
    try {
      const { workflowExecutionInfo, workflowExtendedInfo } = await describe(id);
      const found = await lastCallIn(client, workflowExecutionInfo?.memo?.fields?.['progress']);
      return { found, resetRunId: workflowExtendedInfo?.resetRunId };
    } catch (error) {
      const code: number | null = isGrpcServiceError(error) ? error.code : null;
      if (code === GRPC_NOT_FOUND) return null;
      throw error;
    }
  });
  return mergeLastCalls(calls);
}

type Payload = Parameters<Client['options']['loadedDataConverter']['payloadConverter']['fromPayload']>[0];

/** A memo that cannot be read, under a removed key for example, is no memory. */
async function lastCallIn(client: Client, payload: Payload | null | undefined): Promise<LastCall | null> {
  if (!payload) return null;
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  try {
    let payloads = [payload];
    for (const codec of [...payloadCodecs].reverse()) payloads = await codec.decode(payloads);
    return parseMemory(payloads[0] && payloadConverter.fromPayload(payloads[0])).lastCall;
  } catch {
    return null;
  }
}
