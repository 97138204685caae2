import { NativeConnection } from '@temporalio/worker';
import { withTimeout } from '../lib/with-timeout';
import { CONNECT_WITHIN_MS, cannotReach, type TemporalTarget } from './connect';

/**
 * Connects a worker.
 * @throws SetupError when Temporal cannot be reached within 10 s.
 */
export async function connectWorker(target: TemporalTarget): Promise<NativeConnection> {
  try {
    // The native client has no limit of its own on connecting.
    return await withTimeout(CONNECT_WITHIN_MS, NativeConnection.connect(target.connectionOptions), () => {
      throw new Error(`no answer within ${CONNECT_WITHIN_MS} ms`);
    });
  } catch (error) {
    throw cannotReach(target, error);
  }
}
