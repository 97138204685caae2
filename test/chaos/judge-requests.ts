import { isDeepStrictEqual } from 'node:util';
import type { Outcome, RefreshResult } from '../../src/refresh/model/outcome';
import type { Accepted } from './patient-caller';
import type { RunRecord } from './run-records';

export interface RequestsJudged {
  readonly accepted: number;
  readonly joined: number;
  /** Accepted ones whose run has completed with a result. */
  readonly ended: number;
  readonly runs: number;
  /** One sentence each. */
  readonly lost: readonly string[];
  readonly endings: Readonly<Partial<Record<Outcome, number>>>;
  readonly mostOpenAtOnce: number;
}

/** Every request that the API accepted must be found in a run that has ended. */
export function judgeRequests(accepted: readonly Accepted[], runs: readonly RunRecord[]): RequestsJudged {
  const byRun = new Map(runs.map((run) => [run.runId, run]));
  const lost: string[] = [];
  let ended = 0;
  for (const { connectionId, runId, refresh } of accepted) {
    const run = byRun.get(runId);
    const name = `${connectionId} in run ${runId}`;
    if (run === undefined) lost.push(`${name}: Temporal knows no such run`);
    else if (run.result === null) lost.push(`${name}: the run is ${run.state}`);
    // Each caller is told about their own products and instant; what was paid is the run's.
    else if (
      refresh.result !== undefined &&
      !isDeepStrictEqual((refresh.result as Partial<RefreshResult>).calls, run.result.calls)
    )
      lost.push(`${name}: the caller was told of another result than the run's`);
    else ended += 1;
  }
  for (const run of runs) {
    const told = accepted.filter((one) => one.runId === run.runId && one.disposition === 'joined').length;
    const taken = run.signals.filter(({ name }) => name === 'join').length;
    if (told > taken) {
      lost.push(`${run.connectionId} in run ${run.runId}: ${told} joins were accepted, ${taken} came in`);
    }
  }
  const endings: Partial<Record<Outcome, number>> = {};
  for (const { result } of runs) {
    if (result !== null) endings[result.outcome] = (endings[result.outcome] ?? 0) + 1;
  }
  return {
    accepted: accepted.length,
    joined: accepted.filter(({ disposition }) => disposition === 'joined').length,
    ended,
    runs: runs.length,
    lost,
    endings,
    mostOpenAtOnce: mostOpen(runs),
  };
}

function mostOpen(runs: readonly RunRecord[]): number {
  const changes = runs.flatMap(({ startedAtMs, closedAtMs }) => [
    { atMs: startedAtMs, by: 1 },
    { atMs: closedAtMs ?? Infinity, by: -1 },
  ]);
  let open = 0;
  return changes
    .sort((a, b) => a.atMs - b.atMs)
    .reduce((most, { by }) => {
      open += by;
      return Math.max(most, open);
    }, 0);
}
