import { linkSignals } from '../../src/lib/link-signals';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** A caller who reads one connection all the time: shows when the server serves again. */
export interface SteadyCaller {
  /** When an answer from behind the server came. */
  readonly servedAtMs: readonly number[];
  /** Requests without an answer, or with a 5xx. */
  unserved(): number;
  stop(): Promise<void>;
}

const EVERY_MS = 250;
const ANSWER_WITHIN_MS = 5_000;

export function steadyCaller(options: { url: string; apiKey: string; connectionId: string }): SteadyCaller {
  const { url, apiKey, connectionId } = options;
  const dispatcher = new Agent();
  const servedAtMs: number[] = [];
  let unserved = 0;
  const stopping = new AbortController();

  const poll = async (): Promise<void> => {
    const bound = linkSignals([stopping.signal], ANSWER_WITHIN_MS);
    const get = async (): Promise<number> => {
      const { statusCode, body } = await request(`${url}/v1/connections/${connectionId}/refreshes/latest`, {
        dispatcher,
        headers: { authorization: `Bearer ${apiKey}` },
        signal: bound.signal,
      });
      await body.dump();
      return statusCode;
    };
    const statusCode = await get().finally(bound.release);
    // 404 before the first refresh: Temporal was asked, too.
    if (statusCode >= 500) throw new Error(`answered ${statusCode}`);
    servedAtMs.push(Date.now());
  };
  const polling = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await poll().catch(() => {
        if (!stopping.signal.aborted) unserved += 1;
      });
      await pause(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const ended = polling();
  return {
    servedAtMs,
    unserved: () => unserved,
    async stop() {
      stopping.abort();
      await ended;
      await dispatcher.destroy();
    },
  };
}
