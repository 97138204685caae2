import { NativeConnection } from '@temporalio/worker';
import { withTimeout } from '../lib/with-timeout';
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
  try {
    // The native client has no limit of its own on connecting.
    return await withTimeout(withinMs, NativeConnection.connect(target.connectionOptions), () => {
      throw new Error(`no answer within ${withinMs} ms`);
    });
  } catch (error) {
    throw cannotReach(target, error);
  }
}
