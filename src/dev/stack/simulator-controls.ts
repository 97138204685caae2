import { request } from 'undici';
import { z } from 'zod';
import type { ConnectionSpec } from '../../simulator/state/connection-spec';

const ledger = z.object({
  entries: z.array(z.object({ connectionId: z.string(), answer: z.string(), charged: z.boolean() })),
});

/** One POST of a refresh, as the simulated Meld would bill it. */
export type BilledCall = z.output<typeof ledger>['entries'][number];

/** @throws Error with what the simulator says is wrong */
export async function createConnections(
  simulatorUrl: string,
  connections: readonly ConnectionSpec[],
): Promise<void> {
  await askJson(`${simulatorUrl}/_control/connections`, { method: 'POST', body: { connections } });
}

/** The calls of all connections, in their order. */
export async function readLedger(simulatorUrl: string): Promise<readonly BilledCall[]> {
  return ledger.parse(await askJson(`${simulatorUrl}/_control/ledger`)).entries;
}

interface Question {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * The JSON that a URL answers with.
 * @throws Error with status and answer when the status is 300 or more
 */
export async function askJson(
  url: string,
  { method = 'GET', body, signal }: Question = {},
): Promise<unknown> {
  const answer = await request(url, {
    method,
    signal,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.statusCode} ${text}`);
  return JSON.parse(text);
}
