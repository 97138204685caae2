const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const GIVE_UP_MS = 72 * HOUR_MS;

/**
 * How long Meld waits before each retry of a webhook ("Webhooks retries"): a minute, doubling to an hour, then
 * hourly, for three days.
 * @param retry 1 for the first retry.
 * @returns milliseconds since the attempt before, unscaled; `null` when Meld has given up by then.
 */
export function retryGapMs(retry: number): number | null {
  let sinceFirstMs = 0;
  let gapMs = 0;
  for (let n = 1; n <= retry; n += 1) {
    gapMs = Math.min(MINUTE_MS * 2 ** (n - 1), HOUR_MS);
    sinceFirstMs += gapMs;
  }
  return sinceFirstMs <= GIVE_UP_MS ? gapMs : null;
}
