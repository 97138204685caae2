import type { Round } from './figures';

/**
 * Does it for each id, so many at a time, and takes the time of each and of all.
 * @throws what the first that failed threw; the others come to their end
 */
export async function inLanes(
  ids: readonly string[],
  lanes: number,
  act: (id: string) => Promise<unknown>,
  signal: AbortSignal,
): Promise<Round> {
  const latenciesMs: number[] = [];
  const next = ids.values();
  const failed = new AbortController();
  const over = AbortSignal.any([signal, failed.signal]);
  const lane = async () => {
    for (const id of next) {
      over.throwIfAborted();
      const beganMs = performance.now();
      await act(id);
      latenciesMs.push(performance.now() - beganMs);
    }
  };
  const beganMs = performance.now();
  const all = Array.from({ length: lanes }, lane);
  try {
    await Promise.all(all);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(all);
    throw error;
  }
  return { tookMs: performance.now() - beganMs, latenciesMs };
}
