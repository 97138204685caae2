import type { AggregationInput, Emission, SimulatedConnection } from '../../../src/simulator/controls';
import type { ConnectionChange, ConnectionSpec } from '../../../src/simulator/state/connection-spec';
import type { WebhookEvent } from '../../../src/simulator/webhooks/events';
import type { HoldPoint } from '../../../src/simulator/state/holds';
import type { LedgerEntry } from '../../../src/simulator/state/ledger';
import type { Delivery } from '../../../src/simulator/webhooks/outbox';
import { ask } from './ask';
import { until } from './until';

export interface HeldCall {
  /** Resolves when a call is held. */
  readonly held: () => Promise<void>;
  readonly release: () => Promise<void>;
}

/** The controls of a simulated Meld in another process. Each throws when the simulator refuses. */
export function simulatedMeld(url: string) {
  const control = async <T>(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<T> => {
    const answer = await ask(`${url}/_control${path}`, { method, ...(body !== undefined && { body }) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text);
  };
  const ofConnection = (id: string) => `?connectionId=${encodeURIComponent(id)}`;

  return {
    url,
    createConnections: async (specs: readonly ConnectionSpec[]): Promise<SimulatedConnection[]> =>
      (await control<{ connections: SimulatedConnection[] }>('POST', '/connections', { connections: specs }))
        .connections,
    connection: (id: string) => control<SimulatedConnection>('GET', `/connections/${id}`),
    update: (id: string, change: ConnectionChange) =>
      control<SimulatedConnection>('PATCH', `/connections/${id}`, change),
    aggregate: (id: string, input: AggregationInput = {}) =>
      control<SimulatedConnection>('POST', `/connections/${id}/aggregate`, input),
    emit: (event: Emission) => control<WebhookEvent>('POST', '/events', event),
    /** The calls of one connection, in order. */
    ledger: async (id: string): Promise<LedgerEntry[]> =>
      (await control<{ entries: LedgerEntry[] }>('GET', `/ledger${ofConnection(id)}`)).entries,
    deliveries: async (id: string): Promise<Delivery[]> =>
      (await control<{ deliveries: Delivery[] }>('GET', `/deliveries${ofConnection(id)}`)).deliveries,
    hold: async (id: string, point: HoldPoint): Promise<HeldCall> => {
      const hold = await control<{ id: string }>('POST', `/connections/${id}/holds`, { point });
      const path = `/holds/${hold.id}`;
      return {
        held: () =>
          until('Meld held the call', async () => {
            const { state } = await control<{ state: string }>('GET', `${path}?waitMs=1000`);
            return state === 'held' ? undefined : null;
          }),
        release: async () => {
          await control('POST', `${path}/release`);
        },
      };
    },
  };
}
export type SimulatedMeld = ReturnType<typeof simulatedMeld>;
