import { runsBeforeReset } from '../../lib/runs-before-reset';
import { CALL_PREPARED_WITHIN_MS } from '../../refresh/model/call-bounds';
import { instantMs } from '../../refresh/model/instant';
import type { Memory } from '../../refresh/model/progress';
import { mergeLastCalls } from '../../refresh/remembered-calls';
import { workflowIdOf } from '../ids';
import { notBeforeOf } from './prepare-request';
import { readRun } from '../read-run';
import type { Run } from '../read-run';
import type { TemporalRpc } from '../temporal-rpc';

/** 20: the latest runs come first. */
const PAGE = 20;

/**
 * What the next run must know: what the latest one has left, and where that was made by a reset, the calls and the window
 * of the other runs, which it may not have heard of. A reset keeps idempotency keys: they are input and signals.
 * @param sinceMs calls that have left before it bring nothing that the next run may wait for or take for its data
 */
export async function memoryOf(
  calls: TemporalRpc,
  { description: { connectionId, runId, startedAt }, firstRunId, memory }: Run,
  sinceMs: number,
): Promise<Memory> {
  const before = await runsBeforeReset(runId, firstRunId, {
    list: () => listRunIds(calls, connectionId),
    isLongMade: () => Promise.resolve((instantMs(startedAt) ?? Infinity) + CALL_PREPARED_WITHIN_MS < sinceMs),
    describe: async (id) => {
      const run = await readRun(calls, connectionId, id);
      return run && { found: run.memory, resetRunId: run.resetRunId };
    },
  });
  const all = [...before, memory];
  return {
    nextAllowedAt: notBeforeOf(all.map(({ nextAllowedAt }) => nextAllowedAt)) ?? null,
    lastCall: mergeLastCalls(all.map(({ lastCall }) => lastCall)),
    idempotencyKeys: memory.idempotencyKeys,
  };
}

async function listRunIds({ client, rpc }: TemporalRpc, connectionId: string) {
  const { executions } = await rpc('list the runs', () =>
    client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      query: `WorkflowId = ${JSON.stringify(workflowIdOf(connectionId))}`,
      pageSize: PAGE,
    }),
  );
  return executions.map(({ execution }) => execution?.runId);
}
