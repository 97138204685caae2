/** 20: an operator who has reset a run that often knows of it. */
const MOST_RUNS = 20;

interface RunsOfWorkflow<T> {
  /** The ids of all its runs, as far as visibility has them by now. */
  readonly list: () => Promise<readonly (string | null | undefined)[]>;
  /** `null` for a run that retention has removed: what it did is older than anything that could still come. */
  readonly describe: (runId: string) => Promise<DescribedRun<T> | null>;
}

/** A run as Temporal describes it. */
interface DescribedRun<T> {
  readonly found: T;
  readonly firstRunId: string | null | undefined;
  /** The last of the runs that it was reset to. */
  readonly resetRunId: string | null | undefined;
}

/**
 * What is found of the other runs that were made of the same first one by resets; nothing for a run that was not reset.
 * A reset run begins with a part of the old one's history and knows nothing of what came after it.
 * @param firstRunId as Temporal tells it of the run
 */
export async function runsBeforeReset<T>(
  runId: string,
  firstRunId: string | null | undefined,
  { list, describe }: RunsOfWorkflow<T>,
): Promise<readonly T[]> {
  if (!firstRunId || firstRunId === runId) return [];
  // A run names the last of its resets: of one in between only the list of all runs tells. That may lag behind; so both.
  const runIds = new Set([firstRunId, ...(await list())]);
  const all: T[] = [];
  let asked = 0;
  // Grows while it is gone through.
  for (const id of runIds) {
    if (!id || id === runId) continue;
    if (++asked > MOST_RUNS) break;
    const run = await describe(id);
    if (run?.firstRunId !== firstRunId) continue;
    all.push(run.found);
    runIds.add(run.resetRunId);
  }
  return all;
}
