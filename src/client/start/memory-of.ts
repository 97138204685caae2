import { runsBeforeReset } from '../../lib/runs-before-reset';
import { REMEMBERED_MS } from '../../refresh/idempotency';
import { resolvePolicy } from '../../refresh/input/parse-policy';
import { termsOf } from '../../refresh/input/parse-request';
import { CALL_PREPARED_WITHIN_MS } from '../../refresh/model/call-bounds';
import { instantMs } from '../../refresh/model/instant';
import type { Memory } from '../../refresh/model/progress';
import type { RefreshRequest } from '../../refresh/model/request';
import { mergeLastCalls } from '../../refresh/remembered-calls';
import { workflowIdOf } from '../ids';
import { notBeforeOf } from './prepare-request';
import { readRun, type Run } from '../read-run';
import type { TemporalRpc } from '../temporal-rpc';

/** 20: the latest runs come first. */
const PAGE = 20;

/**
 * What the next run must know: what the latest one has left, and where that was made by a reset, what the other runs have
 * left, of which it may not have heard.
 */
export async function memoryOf(
  calls: TemporalRpc,
  { description: { connectionId, runId, startedAt }, firstRunId, memory }: Run,
  request: RefreshRequest,
  nowMs: number,
): Promise<Memory> {
  const callsSinceMs = dataCanComeOfCallsSinceMs(request, nowMs);
  const keysSinceMs = request.idempotencyKey === undefined ? Infinity : nowMs - REMEMBERED_MS;
  const sinceMs = Math.min(callsSinceMs, keysSinceMs);
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
    // The latest use of each; of a run that was reset, that of the one in its place.
    idempotencyKeys: [
      ...new Map(
        all
          .flatMap(({ idempotencyKeys }) => idempotencyKeys)
          .sort((one, other) => Date.parse(one.requestedAt) - Date.parse(other.requestedAt))
          .map((known) => [known.key, known]),
      ).values(),
    ],
  };
}

/** A call that left before it can bring no data from now on, nor any that is fresh enough for the request. */
function dataCanComeOfCallsSinceMs(request: RefreshRequest, nowMs: number): number {
  const policy = resolvePolicy(request.policy);
  const { freshSinceMs } = termsOf(request, nowMs, policy, 'started');
  return Math.min(freshSinceMs, nowMs) - policy.clockToleranceMs - policy.completionWaitMs;
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
