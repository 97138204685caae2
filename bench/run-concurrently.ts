import { mapConcurrent } from '../src/lib/map-concurrent';
import type { Round } from './figures';

/**
 * Does it for each id, `concurrency` at a time, and measures each one and the whole.
 * @throws what the first that failed threw; the others come to their end
 */
export async function runConcurrently(
  ids: readonly string[],
  concurrency: number,
  act: (id: string) => Promise<unknown>,
  signal: AbortSignal,
): Promise<Round> {
  const latenciesMs: number[] = [];
  const beganAllMs = performance.now();
  await mapConcurrent(ids, concurrency, async (id) => {
    signal.throwIfAborted();
    const beganMs = performance.now();
    await act(id);
    latenciesMs.push(performance.now() - beganMs);
  });
  return { tookMs: performance.now() - beganAllMs, latenciesMs };
}
