import { NativeConnection } from '@temporalio/worker';
import { CONNECT_WITHIN_MS, cannotReach } from './connect';
import type { TemporalTarget } from './connect';

/**
 * Connects a worker.
 * @throws SetupError when Temporal cannot be reached within `withinMs` (default 10 s).
 */
export async function connectWorker(
  target: TemporalTarget,
  withinMs = CONNECT_WITHIN_MS,
): Promise<NativeConnection> {
  let timer: NodeJS.Timeout | undefined;
  // The native client has no limit of its own on connecting.
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${withinMs} ms`)), withinMs);
  });
  try {
    return await Promise.race([NativeConnection.connect(target.connectionOptions), late]);
  } catch (error) {
    throw cannotReach(target, error);
  } finally {
    clearTimeout(timer);
  }
}
