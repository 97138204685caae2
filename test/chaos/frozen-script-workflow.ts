import { condition, defineSignal, setHandler, sleep } from '@temporalio/workflow';

export const poke = defineSignal('poke');

/** Sleeps once for each signal, for a time that no other run sleeps. */
export async function sleepOwnTime(ownMs: number): Promise<void> {
  let pokes = 0;
  setHandler(poke, () => void (pokes += 1));
  for (let done = 0; ; done++) {
    const poked = condition(() => pokes > done);
    // Evaluated after the other: when it holds, what follows on `poked` waits for the end of the script.
    const slow = condition(() => pokes > done && isBusy());
    await poked;
    await sleep(ownMs);
    await slow;
  }
}

/** Some tens of milliseconds of work, so that a freeze falls into it. */
function isBusy(): boolean {
  let sum = 0;
  for (let nth = 0; nth < 30_000_000; nth++) sum = (sum + nth) % 1_000_003;
  return sum >= 0;
}
