import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { mapConcurrent } from '../src/lib/map-concurrent';
import { signWebhook } from '../src/simulator/webhooks/sign-webhook';

interface Target {
  readonly url: string;
  readonly secret: string;
  /** Each delivery is about the next of them. */
  readonly connectionIds: readonly string[];
}

/** As many connections as the simulated Meld sends over. */
const CONNECTIONS = 64;

/** Webhooks as Meld signs and sends them, over connections that are kept. */
export function makeSender({ url, secret, connectionIds }: Target) {
  const dispatcher = new Agent({ connections: CONNECTIONS });
  const prepare = (index: number) => {
    const timestamp = new Date().toISOString();
    const body = JSON.stringify({
      eventType: 'BANK_LINKING_ACCOUNTS_UPDATED',
      eventId: randomUUID(),
      // Too old to prove anything: it wakes the run, and ends nothing.
      timestamp: new Date(Date.now() - 86_400_000).toISOString(),
      accountId: 'bench',
      profileId: null,
      version: '2023-12-19',
      payload: { connectionId: connectionIds[index % connectionIds.length], requestId: randomUUID() },
    });
    const headers = {
      'content-type': 'application/json',
      'meld-signature': signWebhook({ secret, timestamp, url, body }),
      'meld-signature-timestamp': timestamp,
    };
    return { body, headers };
  };
  const send = async (prepared: ReturnType<typeof prepare>): Promise<void> => {
    const answer = await request(url, { method: 'POST', dispatcher, ...prepared });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`expected 200, received ${answer.statusCode} ${text}`);
  };
  return {
    /** As many as come back, so many at once. @returns deliveries a second */
    async closedLoop(count: number, concurrency: number): Promise<number> {
      const prepared = Array.from({ length: count }, (_, index) => prepare(index));
      const beganMs = performance.now();
      await mapConcurrent(prepared, concurrency, send);
      return (count / (performance.now() - beganMs)) * 1_000;
    },
    /** At a fixed rate, however slow the answers are. @returns from the instant that each was due to its answer */
    async openLoop(count: number, perSecond: number): Promise<readonly number[]> {
      const prepared = Array.from({ length: count }, (_, index) => prepare(index));
      const beganMs = performance.now();
      const sent = prepared.map(async (one, index) => {
        const dueMs = beganMs + (index / perSecond) * 1_000;
        await pause(dueMs - performance.now());
        await send(one);
        return performance.now() - dueMs;
      });
      return Promise.all(sent);
    },
    close: () => dispatcher.destroy(),
  };
}
