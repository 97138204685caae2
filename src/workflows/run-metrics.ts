import type { MetricCounter, MetricHistogram, MetricTags } from '@temporalio/common';
import { metricMeter } from '@temporalio/workflow';
import { phaseOf } from '../refresh/report/describe-progress';
import { mayBeCharged } from '../refresh/freshness';
import { WORKER_METRICS, providerLabel, reasonLabel, type LabelsOf } from '../refresh/model/metrics';
import type { Outcome } from '../refresh/model/outcome';
import type { Phase } from '../refresh/model/progress';
import type { RefreshState } from '../refresh/state';
import type { Step } from '../refresh/step';

type Metrics = typeof WORKER_METRICS;

interface Meter {
  createCounter(name: string, unit: string | undefined, help: string): Pick<MetricCounter, 'add'>;
  createHistogram(name: string, type: 'float', unit: string, help: string): Pick<MetricHistogram, 'record'>;
}

/**
 * Counts what becomes of one run. The SDK's meter is silent in replays; a workflow task that is repeated because its
 * completion was lost counts again.
 */
export function makeRunMetrics(startedMs: number, meter: Meter = metricMeter) {
  const add = <M extends Metrics['ended' | 'calls' | 'windows' | 'joins']>(
    { name, help }: M,
    value: number,
    labels: LabelsOf<M> & MetricTags,
  ): void => {
    meter.createCounter(name, undefined, help).add(value, labels);
  };
  const observe = <M extends Metrics['freshAfter' | 'phases']>(
    { name, help }: M,
    durationMs: number,
    labels: LabelsOf<M> & MetricTags,
  ): void => {
    // Two hosts of Temporal may disagree on the time; the meter throws for less than nothing.
    meter.createHistogram(name, 'float', 's', help).record(Math.max(0, durationMs) / 1_000, labels);
  };
  let current: { readonly phase: Phase; readonly sinceMs: number } = { phase: 'reading', sinceMs: startedMs };
  let calls = 0;
  let joins = 0;
  let windowEndMs: number | null = null;

  const enter = (phase: Phase, nowMs: number): void => {
    if (phase === current.phase) return;
    if (current.phase !== 'ended') {
      observe(WORKER_METRICS.phases, nowMs - current.sinceMs, { phase: current.phase });
    }
    current = { phase, sinceMs: nowMs };
  };

  const count = (state: RefreshState): void => {
    const provider = providerLabel(state.connection.latest);
    for (const call of state.calls.made.slice(calls)) {
      const may_be_charged = mayBeCharged(call) ? 'true' : 'false';
      add(WORKER_METRICS.calls, 1, { answer: call.answer, may_be_charged, provider });
    }
    calls = state.calls.made.length;
    const { size } = state.callers.seenJoinIds;
    if (size > joins) add(WORKER_METRICS.joins, size - joins, {});
    joins = size;
  };

  return {
    /** Before each step. */
    step(state: RefreshState, step: Step, nowMs: number): void {
      count(state);
      enter(phaseOf(step), nowMs);
      // A wait that news has interrupted goes on until the same instant.
      if (current.phase === 'waiting_for_window' && step.step === 'wait' && step.untilMs !== windowEndMs) {
        windowEndMs = step.untilMs;
        add(WORKER_METRICS.windows, 1, { provider: providerLabel(state.connection.latest) });
      }
    },
    /** At the end, once. */
    ended(
      state: RefreshState,
      result: { readonly outcome: Outcome | 'canceled'; readonly reason?: string },
      nowMs: number,
    ): void {
      count(state);
      enter('ended', nowMs);
      const provider = providerLabel(state.connection.latest);
      const { outcome } = result;
      add(WORKER_METRICS.ended, 1, { outcome, reason: reasonLabel(result), provider });
      if (outcome === 'refreshed' || outcome === 'already_fresh') {
        observe(WORKER_METRICS.freshAfter, nowMs - startedMs, { outcome, provider });
      }
    },
  };
}
