import { isDeepStrictEqual } from 'node:util';
import type { Outcome, RefreshResult } from '../../src/refresh/model/outcome';
import type { Accepted } from './patient-caller';
import type { RunRecord } from './run-records';

export interface RequestsCheck {
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

/** Every request that the API accepted, however often it was sent, must be found in one run, which has ended. */
export function checkRequests(accepted: readonly Accepted[], runs: readonly RunRecord[]): RequestsCheck {
  const byRun = new Map(runs.map((run) => [run.runId, run]));
  const lost: string[] = [];
  let ended = 0;
  for (const { connectionId, runId, key, refresh } of accepted) {
    const run = byRun.get(runId);
    const name = `${connectionId} in run ${runId}`;
    if (run === undefined) lost.push(`${name}: Temporal knows no such run`);
    else if (!run.keys.includes(key)) lost.push(`${name}: the run has never heard of it`);
    else if (run.result === null) lost.push(`${name}: the run is ${run.state}`);
    // Each caller is told about their own products and instant; what was paid is the run's.
    else if (
      refresh.result !== undefined &&
      !isDeepStrictEqual((refresh.result as Partial<RefreshResult>).calls, run.result.calls)
    )
      lost.push(`${name}: the caller was given another result than the run's`);
    else ended += 1;
  }
  const keys = new Map<string, string>();
  for (const { connectionId, runId, keys: own } of runs) {
    for (const key of own) {
      const other = keys.get(`${connectionId} ${key}`);
      if (other !== undefined && other !== runId)
        lost.push(`${connectionId}: one request is in two runs, ${other} and ${runId}`);
      keys.set(`${connectionId} ${key}`, runId);
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
