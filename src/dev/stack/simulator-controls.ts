import { z } from 'zod';
import type { ConnectionSpec } from '../../simulator/state/connection-spec';
import { askJson } from './ask-json';

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
