import { runsBeforeReset } from '../lib/runs-before-reset';
import type { Memory } from '../refresh/model/progress';
import { mergeLastCalls } from '../refresh/remembered-calls';
import { notBeforeOf } from './prepare-request';
import { readRun } from './read-run';
import type { Run } from './read-run';
import type { TemporalRpc } from './temporal-rpc';

/**
 * What the next run must know: what the latest one has left, and where that was reset, the calls and the window of the
 * runs before the reset, which it may not have heard of. A reset keeps idempotency keys: they are input and signals.
 */
export async function memoryOf(
  calls: TemporalRpc,
  { description: { connectionId, runId }, firstRunId, memory }: Run,
): Promise<Memory> {
  const before = await runsBeforeReset(runId, firstRunId, async (id) => {
    const run = await readRun(calls, connectionId, id);
    return run && { found: run.memory, resetRunId: run.resetRunId };
  });
  const all = [...before, memory];
  return {
    nextAllowedAt: notBeforeOf(all.map(({ nextAllowedAt }) => nextAllowedAt)) ?? null,
    lastCall: mergeLastCalls(all.map(({ lastCall }) => lastCall)),
    idempotencyKeys: memory.idempotencyKeys,
  };
}
