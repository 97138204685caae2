import { mapConcurrent } from '../src/lib/map-concurrent';
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
  const beganAllMs = performance.now();
  await mapConcurrent(ids, lanes, async (id) => {
    signal.throwIfAborted();
    const beganMs = performance.now();
    await act(id);
    latenciesMs.push(performance.now() - beganMs);
  });
  return { tookMs: performance.now() - beganAllMs, latenciesMs };
}
