import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** A request for which the API answered 202, or 200 with the end. */
export interface Accepted {
  readonly connectionId: string;
  readonly runId: string;
  /** Its idempotency key, the same in every try. */
  readonly key: string;
  readonly disposition: 'started' | 'joined';
  readonly status: number;
  /** Whole answer, to be compared with what Temporal holds. */
  readonly refresh: { readonly state: string; readonly result?: unknown };
  readonly answeredAtMs: number;
  /** Requests sent until one was answered well. */
  readonly tries: number;
}

export interface PatientCaller {
  /** Asks until it is accepted. @throws Error when it is refused, or not answered within two minutes */
  ask(connectionId: string, body: object, waitSeconds: number): Promise<Accepted>;
  /** The run as the API shows it. @throws Error as `ask` */
  read(connectionId: string, runId: string): Promise<Accepted['refresh']>;
  /** How often an answer was missing (`no answer`) or said to try again (its status). */
  readonly setbacks: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Longer than one call to Temporal may take in the server. */
const ANSWER_WITHIN_MS = 15_000;
const GIVE_UP_AFTER_MS = 120_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** A backend that does as the documentation says: what got no answer is asked again. */
export function patientCaller({ url, apiKey }: { url: string; apiKey: string }): PatientCaller {
  const dispatcher = new Agent({ connections: 64 });
  const setbacks = new Map<string, number>();

  const once = async (
    path: string,
    init: { method: 'GET' | 'POST'; body?: object; waitSeconds: number; key?: string },
  ) => {
    const withinMs = ANSWER_WITHIN_MS + init.waitSeconds * 1_000;
    const answer = await request(`${url}${path}`, {
      method: init.method,
      dispatcher,
      signal: AbortSignal.timeout(withinMs),
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(init.body && { 'content-type': 'application/json' }),
        ...(init.key !== undefined && { 'idempotency-key': init.key }),
        ...(init.waitSeconds > 0 && { prefer: `wait=${init.waitSeconds}` }),
      },
      ...(init.body && { body: JSON.stringify(init.body) }),
    });
    return { status: answer.statusCode, json: JSON.parse(await answer.body.text()) };
  };
  const untilAnswered = async (...asked: Parameters<typeof once>) => {
    const deadlineMs = Date.now() + GIVE_UP_AFTER_MS;
    for (let tries = 1; ; tries += 1) {
      const answer = await once(...asked).catch(() => null);
      if (answer !== null && answer.status < 300) return { ...answer, tries };
      const setback = answer === null ? 'no answer' : String(answer.status);
      setbacks.set(setback, (setbacks.get(setback) ?? 0) + 1);
      // 408: a server that was stopped while the request arrived has not taken it up.
      const passing = answer === null || answer.status >= 500 || [408, 409].includes(answer.status);
      if (!passing || Date.now() > deadlineMs) {
        throw new Error(`${asked[0]}: ${setback} after ${tries} tries, ${JSON.stringify(answer?.json)}`);
      }
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS));
    }
  };

  return {
    setbacks,
    async ask(connectionId, body, waitSeconds) {
      const path = `/v1/connections/${connectionId}/refreshes`;
      const key = randomUUID();
      const { status, json, tries } = await untilAnswered(path, { method: 'POST', body, waitSeconds, key });
      const { disposition, refresh } = json;
      const { runId } = refresh;
      return { connectionId, runId, key, disposition, status, refresh, answeredAtMs: Date.now(), tries };
    },
    async read(connectionId, runId) {
      const path = `/v1/connections/${connectionId}/refreshes/${runId}`;
      const { json } = await untilAnswered(path, { method: 'GET', waitSeconds: 0 });
      return json.refresh;
    },
    close: () => dispatcher.destroy(),
  };
}
