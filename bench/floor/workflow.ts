import {
  condition,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type * as floorActivities from './activities';

export const accountsUpdated = defineSignal<[object]>('accountsUpdated');
export const transactionsAggregated = defineSignal<[object]>('transactionsAggregated');

const bounds = { startToCloseTimeout: 60_000 };
/** 30 s: nothing is polled before, as in the default policy. */
const POLL_AFTER_MS = 30_000;
const { readConnection } = proxyActivities<typeof floorActivities>(bounds);
const { requestRefresh } = proxyActivities<typeof floorActivities>({
  ...bounds,
  retry: { maximumAttempts: 1 },
});
const local = proxyLocalActivities<typeof floorActivities>(bounds);

/** What a refresh cannot be much below: read, call, wait for both signals, read. No rule, nothing to show. */
export async function floorRefresh(input: { connectionId: string; sleepMs?: number }): Promise<object> {
  let accounts = 0;
  let transactions = 0;
  setHandler(accountsUpdated, () => void (accounts += 1));
  setHandler(transactionsAggregated, () => void (transactions += 1));
  const before = await readConnection(input);
  if (input.sleepMs !== undefined) await sleep(input.sleepMs);
  await requestRefresh(input);
  await condition(() => accounts > 0 && transactions > 0, POLL_AFTER_MS);
  return { before, after: await local.readConnection(input) };
}
