import type { Outcome } from '../../src/refresh/model/outcome';
import type { ChaosScenario } from './scenarios';
import { lostAnAnswer } from './check-charges';
import type { RunRecord } from './run-records';

/** Runs that ended otherwise than their scenario says, and have no reason for it in their own ledger. */
export function checkEndings(
  runs: readonly RunRecord[],
  scenarios: readonly ChaosScenario[],
): readonly string[] {
  const endOf = new Map(scenarios.map(({ spec, ends }) => [spec.id, ends]));
  const seen = new Set<string>();
  return runs.flatMap((run) => {
    const { connectionId, runId, result } = run;
    const expected = endOf.get(connectionId);
    // What an earlier run paid for may come in time for a later one.
    const allowed: readonly (Outcome | undefined)[] = [
      expected,
      ...(seen.has(connectionId) && expected === 'refreshed' ? (['already_fresh'] as const) : []),
      // A lost answer may use up what may be paid, or be followed by a call that finds the next step of the scenario.
      ...(lostAnAnswer(run) ? (['refreshed', 'escalated'] as const) : []),
    ];
    seen.add(connectionId);
    if (result === null || allowed.includes(result.outcome)) return [];
    const how = result.outcome === 'escalated' ? `escalated, ${result.reason}` : result.outcome;
    const calls = result.calls.map(({ answer }) => answer).join(', ') || 'no call';
    return [`${connectionId} in run ${runId}: ${how} after ${calls}, and not ${expected}`];
  });
}
