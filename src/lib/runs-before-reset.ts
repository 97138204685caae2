/** 20: an operator who has reset a run that often knows of it. */
const MOST_RESETS = 20;

/** A run as Temporal describes it. */
export interface DescribedRun<T> {
  readonly found: T;
  /** The run that it was reset to, if it was. */
  readonly resetRunId: string | null | undefined;
}

/**
 * What is found of the runs before a reset of this one, the first one's first; nothing for a run that was not reset.
 * A reset run begins with a part of the old one's history and knows nothing of what came after it.
 * @param firstRunId the first run of the chain
 * @param describe `null` for a run that retention has removed: what it did is older than anything that could still come
 */
export async function runsBeforeReset<T>(
  runId: string,
  firstRunId: string | null | undefined,
  describe: (runId: string) => Promise<DescribedRun<T> | null>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let next = firstRunId;
  while (next && next !== runId && all.length < MOST_RESETS) {
    const run = await describe(next);
    if (run === null) break;
    all.push(run.found);
    next = run.resetRunId;
  }
  return all;
}
