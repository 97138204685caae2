import { z } from 'zod';
import { askJson } from '../stack/ask-json';

const progress = z.object({ phase: z.string(), why: z.string() });

const result = z.looseObject({
  outcome: z.string(),
  reason: z.string().optional(),
  requestedAt: z.string(),
  finishedAt: z.string(),
  evidence: z.record(z.string(), z.object({ by: z.enum(['event', 'successfullyAggregatedAt']) })),
  calls: z.array(z.object({ answer: z.string() })),
});

const run = z.object({
  connectionId: z.string(),
  runId: z.string(),
  state: z.string(),
  progress: progress.nullable(),
  result: result.optional(),
});

/** A refresh as the API shows it; what the demo does not show is left out. */
export type SeenRefresh = z.output<typeof run>;
export type SeenResult = z.output<typeof result>;

const one = z.object({ refresh: run });
const many = z.object({ refreshes: z.array(run) });

/**
 * The HTTP API as a backend uses it. Methods throw on every status that is not good, and when the signal aborts.
 */
export function makeRefreshApi(apiUrl: string, signal: AbortSignal) {
  const path = (connectionId: string) => `${apiUrl}/v1/connections/${connectionId}/refreshes`;
  return {
    start: async (connectionId: string): Promise<SeenRefresh> =>
      one.parse(await askJson(path(connectionId), { method: 'POST', body: {}, signal })).refresh,
    /** All there are, without their results. */
    list: async (): Promise<readonly SeenRefresh[]> =>
      many.parse(await askJson(`${apiUrl}/v1/refreshes?limit=200`, { signal })).refreshes,
    /** Holds until it ends, at most so long. */
    wait: async ({ connectionId, runId }: SeenRefresh, seconds: number): Promise<SeenRefresh> =>
      one.parse(await askJson(`${path(connectionId)}/${runId}?wait=${seconds}`, { signal })).refresh,
  };
}
