import { setHandler, sleep } from '@temporalio/workflow';
import { join } from '../../src/workflows/messages';

/** Takes joins, and does nothing with them. It bears the name of the one that it is measured beside, whose signals it gets. */
export async function refreshConnection(): Promise<void> {
  const taken: unknown[] = [];
  setHandler(join, (signal) => void taken.push(signal));
  await sleep('1h');
}
