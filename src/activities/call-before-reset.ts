import { Context } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { isObject } from '../refresh/input/checks';
import type { LastCall } from '../refresh/model/outcome';

/** 20: an operator who has reset a run that often knows of its calls. */
const MOST_RESETS = 20;
const GRPC_NOT_FOUND = 5;

/**
 * The latest call that runs before a reset of this one have left in their memos; `null` for a run that was not reset.
 * A reset run begins with a part of the old one's history and knows nothing of what came after it.
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
  let next = firstRunId ?? (await describe(runId)).workflowExecutionInfo?.firstRunId;
  let latest: LastCall | null = null;
  for (let resets = 0; next && next !== runId && resets < MOST_RESETS; resets++) {
    try {
      const run = await describe(next);
      latest = (await lastCallIn(client, run.workflowExecutionInfo?.memo?.fields?.['progress'])) ?? latest;
      next = run.workflowExtendedInfo?.resetRunId;
    } catch (error) {
      // Removed by retention: what it called is older than anything that could still come.
      const code: number | null = isGrpcServiceError(error) ? error.code : null;
      if (code === GRPC_NOT_FOUND) break;
      throw error;
    }
  }
  return latest;
}

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
