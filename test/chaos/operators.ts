import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { ConnectionSpec } from '../../src/simulator/state/connection-spec';
import type { LedgerEntry } from '../../src/simulator/state/ledger';
import type { Random } from '../../src/simulator/state/random';
import { refreshWorkflowId } from '../../src/workflows/messages';
import { within, type Range } from './fault-plan';
import type { RunRecord } from './run-records';

const { EVENT_TYPE_WORKFLOW_TASK_COMPLETED } = temporal.api.enums.v1.EventType;
const { WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_PAUSE_REQUESTED_BEFORE_TASK_STARTED: PAUSED_BEFORE_TASK } =
  temporal.api.enums.v1.WorkflowTaskFailedCause;

/** What an operator does to a run in the middle of its work. */
export const ACTS = ['cancel', 'reset', 'pause'] as const;
export type Act = (typeof ACTS)[number];

export interface OperatedScenario {
  readonly act: Act;
  readonly spec: ConnectionSpec & { readonly id: string };
  readonly askAfterMs: number;
  /** Counted from the acceptance of the request. */
  readonly actAfterMs: number;
  /** How long a paused run stands still. */
  readonly forMs: number;
}

export interface OperatorScale {
  /** Runs for each kind of act. */
  readonly each: number;
  readonly askWithinMs: number;
  readonly actAfterMs: Range;
  readonly pausedForMs: Range;
}

export function drawOperated(random: Random, scale: OperatorScale): readonly OperatedScenario[] {
  return ACTS.flatMap((act) =>
    Array.from({ length: scale.each }, (_, n) => ({
      act,
      spec: {
        id: `operated-${act}-${n}`,
        scenario: 'healthy' as const,
        params: { aggregationMs: 2_000, answerDelayMs: within(random, [100, 900]) },
      },
      askAfterMs: random.below(scale.askWithinMs),
      actAfterMs: within(random, scale.actAfterMs),
      forMs: within(random, scale.pausedForMs),
    })),
  );
}

/** @returns whether there was a run to do it to: a quick one may have ended */
export async function operate(client: Client, { act, spec, forMs }: OperatedScenario): Promise<boolean> {
  const workflowId = refreshWorkflowId(spec.id);
  const handle = client.workflow.getHandle(workflowId);
  const request = { namespace: client.options.namespace, identity: 'an operator', reason: 'chaos' };
  return patiently(async () => {
    const { raw, runId } = await handle.describe();
    if (raw.workflowExecutionInfo?.closeTime) return false;
    switch (act) {
      case 'cancel':
        await handle.cancel();
        return true;
      case 'reset': {
        const { events } = await handle.fetchHistory();
        const first = events?.find(({ eventType }) => eventType === EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
        if (first === undefined) throw new Error('no workflow task has completed yet');
        await client.workflowService.resetWorkflowExecution({
          ...request,
          workflowExecution: { workflowId, runId },
          workflowTaskFinishEventId: first.eventId ?? null,
          requestId: `${workflowId}-reset`,
        });
        return true;
      }
      case 'pause':
        await client.workflowService.pauseWorkflowExecution({
          ...request,
          workflowId,
          runId,
          requestId: `${workflowId}-pause`,
        });
        await pause(forMs);
        await patiently(() =>
          client.workflowService.unpauseWorkflowExecution({
            ...request,
            workflowId,
            runId,
            requestId: `${workflowId}-unpause`,
          }),
        );
        await patiently(() => terminateIfUnreplayable(handle));
        return true;
    }
  });
}

/** The SDK cannot replay a pause that came before the workflow task had started (docs/reliability.md). */
async function terminateIfUnreplayable(handle: WorkflowHandle): Promise<void> {
  const { events } = await handle.fetchHistory();
  const unreplayable = events?.some(
    ({ workflowTaskFailedEventAttributes: failed }) => failed?.cause === PAUSED_BEFORE_TASK,
  );
  if (unreplayable) await handle.terminate('paused before its workflow task had started');
}

const PATIENCE_MS = 60_000;
const AGAIN_MS = 300;

/** Temporal may be away at that moment. A run that is not there any more is nothing to do something to. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || Date.now() > untilMs) throw error;
      await pause(AGAIN_MS);
    }
  }
}

/**
 * What an operator did must not be paid for: one charge for each connection, and one more for each answer that was lost
 * on the way. Every run of it has ended, canceled and reset ones otherwise than others.
 */
export function checkOperated(
  operated: readonly OperatedScenario[],
  runs: readonly RunRecord[],
  entries: readonly LedgerEntry[],
  maxCharges: number,
): readonly string[] {
  return operated.flatMap(({ spec: { id }, act }) => {
    const own = entries.filter(({ connectionId }) => connectionId === id);
    const charged = own.filter((entry) => entry.charged).length;
    const lost = own.filter(({ answer }) => answer === 'lost').length;
    const open = runs.filter(({ connectionId, state }) => connectionId === id && state === 'open');
    return [
      ...(charged > Math.min(maxCharges, 1 + lost)
        ? [`${id}: charged ${charged} times after a ${act}, with ${lost} answers lost`]
        : []),
      ...open.map(({ runId }) => `${id} in run ${runId}: still open after a ${act}`),
    ];
  });
}
