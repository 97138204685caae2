import type { RefreshDescription } from '../../../src/client';
import type { RefreshResult } from '../../../src/refresh/model/outcome';
import { ask, type Answer } from './ask';

export interface Started {
  readonly disposition: 'started' | 'joined';
  readonly runId: string;
}

/** 60 s: as long as the API waits at most. */
const WAIT_SECONDS = 60;

/** The HTTP API as a backend uses it. */
export function refreshApi(url: string, apiKey: string) {
  const headers = { authorization: `Bearer ${apiKey}` };
  const path = (connectionId: string) => `${url}/v1/connections/${connectionId}`;
  const latest = (connectionId: string, seconds = 0): Promise<Answer> =>
    ask(`${path(connectionId)}/refreshes/latest?wait=${seconds}`, { headers });

  return {
    url,
    /** Whatever the answer is. */
    post: (connectionId: string, body: object = {}): Promise<Answer> =>
      ask(`${path(connectionId)}/refreshes`, { method: 'POST', headers, body }),
    /** @throws Error unless the answer is 202 */
    start: async (connectionId: string, body: object = {}): Promise<Started> => {
      const answer = await ask(`${path(connectionId)}/refreshes`, { method: 'POST', headers, body });
      if (answer.status !== 202) throw new Error(`start ${connectionId}: ${answer.status} ${answer.text}`);
      const { disposition, refresh } = JSON.parse(answer.text);
      return { disposition, runId: refresh.runId };
    },
    read: async (connectionId: string, waitSeconds = 0): Promise<RefreshDescription> =>
      refreshOf(await latest(connectionId, waitSeconds)),
    /** Waits for the end of the latest refresh. @throws Error when it has no result within 2 min */
    result: async (connectionId: string): Promise<RefreshResult> => {
      let seen = refreshOf(await latest(connectionId, WAIT_SECONDS));
      // A call whose worker has died takes longer to be given up than a request may wait.
      if (seen.result === undefined) seen = refreshOf(await latest(connectionId, WAIT_SECONDS));
      if (seen.result === undefined) throw new Error(`no result of ${connectionId}: ${JSON.stringify(seen)}`);
      return seen.result;
    },
    cancel: (connectionId: string): Promise<Answer> =>
      ask(`${path(connectionId)}/refreshes/latest`, { method: 'DELETE', headers }),
    repair: (connectionId: string): Promise<Answer> =>
      ask(`${path(connectionId)}/repair`, { method: 'POST', headers }),
  };
}
export type RefreshApi = ReturnType<typeof refreshApi>;

function refreshOf({ status, text }: Answer): RefreshDescription {
  if (status !== 200) throw new Error(`read: ${status} ${text}`);
  return JSON.parse(text).refresh;
}
