import { setTimeout as pause } from 'node:timers/promises';

/** 50 ms: what is asked is on this machine, and answers at once. */
const ASK_AGAIN_MS = 50;
const WITHIN_MS = 20_000;

/**
 * Asks until there is an answer: for what nobody tells when it happens.
 * @param what ends the sentence "it took too long until …"
 * @param probe `null`: not yet
 * @throws Error after `withinMs` (default 20 s)
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null> | T | null,
  withinMs = WITHIN_MS,
): Promise<T> {
  const deadlineMs = Date.now() + withinMs;
  for (;;) {
    const answer = await probe();
    if (answer !== null) return answer;
    if (Date.now() > deadlineMs) throw new Error(`it took longer than ${withinMs} ms until ${what}`);
    await pause(ASK_AGAIN_MS);
  }
}
