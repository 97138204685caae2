import { Agent, request } from 'undici';
import { z } from 'zod';
import type { RefreshClient } from '../src/client';

/** Asks for one refresh and waits for its outcome. @throws Error unless it was a plain one */
export type RefreshOne = (connectionId: string) => Promise<void>;

export interface HttpApi {
  readonly refreshOne: RefreshOne;
  /** Asks, and does not wait for the end. @throws Error unless it was taken */
  readonly startOne: RefreshOne;
  close(): Promise<void>;
}

/** 60 s: what the server holds an answer at most. */
const WAIT_SECONDS = 60;
const ANSWER_WITHIN_MS = (WAIT_SECONDS + 10) * 1_000;

const plainResult = z.object({
  outcome: z.literal('refreshed'),
  calls: z.array(z.object({ answer: z.literal('accepted') })).length(1),
});
const plainAnswer = z.object({ refresh: z.object({ result: plainResult }) });

interface HttpApiOptions {
  readonly url: string;
  readonly apiKey: string | null;
  readonly concurrency: number;
}

/** As a backend would: one request that is answered with the outcome. */
export function httpApi({ url, apiKey, concurrency }: HttpApiOptions): HttpApi {
  const dispatcher = new Agent({ connections: concurrency });
  const post = async (connectionId: string, prefer: Readonly<Record<string, string>>) => {
    const answer = await request(`${url}/v1/connections/${connectionId}/refreshes`, {
      method: 'POST',
      dispatcher,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: { authorization: `Bearer ${apiKey ?? ''}`, 'content-type': 'application/json', ...prefer },
      body: '{}',
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  return {
    async refreshOne(connectionId) {
      const { status, text } = await post(connectionId, { prefer: `wait=${WAIT_SECONDS}` });
      const plain = status === 200 && plainAnswer.safeParse(JSON.parse(text)).success;
      if (!plain) throw notPlain(connectionId, `${status} ${text}`);
    },
    async startOne(connectionId) {
      const { status, text } = await post(connectionId, {});
      if (status !== 202) throw new Error(`${connectionId}: expected 202, received ${status} ${text}`);
    },
    close: () => dispatcher.destroy(),
  };
}

export function overClient(refreshes: RefreshClient): RefreshOne {
  return async (connectionId) => {
    const refresh = await refreshes.refresh({ connectionId });
    const result = await refresh.result({ timeoutMs: ANSWER_WITHIN_MS });
    if (!plainResult.safeParse(result).success) throw notPlain(connectionId, JSON.stringify(result));
  };
}

function notPlain(connectionId: string, received: string): Error {
  return new Error(`${connectionId}: expected one accepted call and fresh data, received ${received}`);
}
