/** 20: an operator who has reset a run that often knows of it. */
const MOST_RUNS = 20;

interface RunsOfWorkflow<T> {
  /** The ids of all its runs, as far as visibility has them by now. */
  readonly list: () => Promise<readonly (string | null | undefined)[]>;
  /** `null` for a run that retention has removed: what it did is older than anything that could still come. */
  readonly describe: (runId: string) => Promise<DescribedRun<T> | null>;
  /** Whether the run was made so long ago that the others, which had all closed by then, no longer matter. */
  readonly isLongMade: () => Promise<boolean>;
}

/** A run as Temporal describes it. */
interface DescribedRun<T> {
  readonly found: T;
  /** The last of the runs that it was reset to. */
  readonly resetRunId: string | null | undefined;
}

/**
 * What is found of the other runs of the workflow where this one was made by a reset; nothing for a run that was not reset.
 * A reset run begins with a part of an old one's history and knows nothing of what came after it: neither of other resets
 * nor of runs that were started since.
 * @param firstRunId as Temporal tells it of the run
 * @throws what `list` throws, unless the run can do without; what the others throw
 */
export async function runsBeforeReset<T>(
  runId: string,
  firstRunId: string | null | undefined,
  { list, describe, isLongMade }: RunsOfWorkflow<T>,
): Promise<readonly T[]> {
  if (!firstRunId || firstRunId === runId) return [];
  // A run names the last of its resets: of all others only the list of all runs tells. That may lag behind; so both.
  const listed = await list().catch(async (error: unknown) => {
    if (await isLongMade()) return [];
    throw error;
  });
  const runIds = new Set([firstRunId, ...listed]);
  const all: T[] = [];
  let asked = 0;
  // Grows while it is gone through.
  for (const id of runIds) {
    if (!id || id === runId) continue;
    if (++asked > MOST_RUNS) break;
    const run = await describe(id);
    if (run === null) continue;
    all.push(run.found);
    runIds.add(run.resetRunId);
  }
  return all;
}
