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
  await askJson(`${simulatorUrl}/_control/connections`, { connections });
}

/** The calls of all connections, in their order. */
export async function readLedger(simulatorUrl: string): Promise<readonly BilledCall[]> {
  return ledger.parse(await askJson(`${simulatorUrl}/_control/ledger`)).entries;
}

/**
 * The JSON that a URL answers with, to a POST where there is a body.
 * @throws Error with status and answer when the status is 300 or more
 */
export async function askJson(url: string, body?: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const answer = await request(
    url,
    body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) },
  );
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${url}: ${answer.statusCode} ${text}`);
  return JSON.parse(text);
}
