import { Context } from '@temporalio/activity';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time';
import { runsBeforeReset } from '../lib/runs-before-reset';
import { withTimeout } from '../lib/with-timeout';
import { parseMemory } from '../refresh/input/parse-memory';
import { CALL_PREPARED_WITHIN_MS } from '../refresh/model/call-bounds';
import type { LastCall } from '../refresh/model/outcome';
import { boundByClose, mergeLastCalls } from '../refresh/remembered-calls';
import type { AskingRun } from './activities';

const GRPC_NOT_FOUND = 5;
/** 20: the latest runs come first. */
const PAGE = 20;
/** 3 s: a call that is prepared for longer than its bound is not sent. */
const LISTED_WITHIN_MS = 3_000;

/** Tells of the calls of runs before a reset of the one that asks. */
export type EarlierCalls = (run: AskingRun) => Promise<LastCall | null>;

/**
 * The calls that other runs of the workflow have left in their memos; `null`, and nobody is asked, for a run that was not
 * reset. A run that was made longer ago than data of their calls may come does without visibility.
 * @throws whatever the SDK throws when Temporal cannot be asked
 */
export const callsBeforeReset: EarlierCalls = async ({ firstRunId, awaitCallsMs }) => {
  const { client, info } = Context.current();
  const { workflowId, runId } = info.workflowExecution ?? {};
  if (workflowId === undefined || runId === undefined) return null;
  const { workflowService: service } = client;
  const { namespace } = client.options;
  const describe = (id: string) =>
    service.describeWorkflowExecution({ namespace, execution: { workflowId, runId: id } });
  const calls = await runsBeforeReset(runId, firstRunId, {
    list: async () => {
      const query = `WorkflowId = ${JSON.stringify(workflowId)}`;
      const listed = service.listWorkflowExecutions({ namespace, query, pageSize: PAGE });
      const { executions } = await withTimeout(LISTED_WITHIN_MS, listed, () => {
        throw new Error(`Temporal has not listed the runs within ${LISTED_WITHIN_MS} ms.`);
      });
      return executions.map(({ execution }) => execution?.runId);
    },
    isLongMade: async () => {
      const madeMs = optionalTsToMs((await describe(runId)).workflowExecutionInfo?.startTime) ?? Infinity;
      // Both by Temporal's clock.
      return info.currentAttemptScheduledTimestampMs >= madeMs + CALL_PREPARED_WITHIN_MS + awaitCallsMs;
    },
    describe: async (id) => {
      try {
        const { workflowExecutionInfo: run, workflowExtendedInfo } = await describe(id);
        const lastCall = await lastCallIn(client, run?.memo?.fields?.['progress']);
        const found = boundByClose(lastCall, optionalTsToMs(run?.closeTime));
        return { found, resetRunId: workflowExtendedInfo?.resetRunId };
      } catch (error) {
        const code: number | null = isGrpcServiceError(error) ? error.code : null;
        if (code === GRPC_NOT_FOUND) return null;
        throw error;
      }
    },
  });
  return mergeLastCalls(calls);
};

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
