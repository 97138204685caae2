import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { RefreshRequest } from '../../../src/refresh/model/request';
import { scenariosAt, type Scenario } from '../../../src/dev/scenarios';
import type { ConnectionSpec } from '../../../src/simulator/state/connection-spec';
import {
  accountsUpdated,
  connectionStatusChanged,
  join,
  transactionsAggregated,
} from '../../../src/workflows/messages';
import type { Handle, SkippingTime } from '../../workflow/support/skipping-time';

/** One path through the workflow: what Meld does, what is asked, and what is signalled meanwhile. */
export interface Path {
  readonly connection: ConnectionSpec;
  readonly request?: Partial<RefreshRequest>;
  readonly meanwhile?: (handle: Handle, world: SkippingTime, connectionId: string) => Promise<void>;
  /** The outcome, with the reason where it has one; `canceled` for a run that was. */
  readonly ends: string;
}

const hours = (n: number): number => n * 3_600_000;

const now = async ({ env }: SkippingTime): Promise<string> =>
  new Date(await env.currentTimeMs()).toISOString();

const called = async ({ simulator }: SkippingTime, connectionId: string): Promise<void> => {
  await simulator.until(() => simulator.ledger(connectionId).length > 0, 10_000);
};

const inPhase = async (handle: Handle, phase: string): Promise<void> => {
  for (let tries = 0; tries < 500; tries++) {
    const progress = (await handle.describe()).memo?.['progress'];
    if (typeof progress === 'object' && progress !== null && 'phase' in progress && progress.phase === phase)
      return;
    await pause(20);
  }
  throw new Error(`the run never came to be ${phase}`);
};

const scenarios = scenariosAt({ aggregationMs: 1_000, windowMs: hours(3) });

const played = ({ connection, request, ends: { outcome, reason } }: Scenario): Path => ({
  connection,
  ...(request && { request }),
  ends: outcome === 'escalated' ? (reason ?? outcome) : outcome,
});

/** Every outcome, every reason to escalate, every kind of wait, every signal. */
export const CORPUS: Readonly<Record<string, Path>> = {
  refreshed_by_events: {
    connection: { params: { aggregationMs: hours(9) } },
    meanwhile: async (handle, world, connectionId) => {
      await called(world, connectionId);
      const occurredAt = await now(world);
      await handle.signal(accountsUpdated, { eventId: 'a-1', occurredAt });
      await handle.signal(transactionsAggregated, { eventId: 't-1', occurredAt });
      await handle.signal(transactionsAggregated, { eventId: 't-1', occurredAt });
    },
    ends: 'refreshed',
  },
  refreshed_by_poll: played(scenarios.lost_webhooks),
  refreshed_after_window: played(scenarios.mx_window),
  refreshed_after_backoff: played(scenarios.flaky),
  refreshed_after_conflict: {
    connection: { params: { calls: [{ answer: 'error', status: 409 }, { answer: 'accepted' }] } },
    ends: 'refreshed',
  },
  refreshed_after_lost_answer: played(scenarios.answer_cut),
  refreshed_after_repair: {
    connection: { scenario: 'repair' },
    request: { onRepair: 'wait' },
    meanwhile: async (handle, { simulator }, connectionId) => {
      await inPhase(handle, 'waiting_for_repair');
      simulator.updateConnection(connectionId, { status: 'ACTIVE' });
      await handle.signal(connectionStatusChanged, { eventId: 's-1', occurredAt: '2026-01-01T00:00:00Z' });
    },
    ends: 'refreshed',
  },
  refreshed_for_a_join: {
    connection: { params: { aggregationMs: 2_000 } },
    request: { products: ['BALANCES'] },
    meanwhile: async (handle, world) => {
      // The test server fails a task that cancels a call which has been answered meanwhile.
      await inPhase(handle, 'waiting_for_data');
      const requestedAt = await now(world);
      await handle.signal(join, { joinId: randomUUID(), requestedAt, products: ['TRANSACTIONS'] });
    },
    ends: 'refreshed',
  },
  already_fresh: played(scenarios.fresh_already),
  repair_required: played(scenarios.repair),
  not_refreshable: played(scenarios.deleted),
  not_found: played(scenarios.vanished),
  rate_limited: played(scenarios.window_not_waited_for),
  no_fresh_data: played(scenarios.no_data),
  provider_unavailable: {
    connection: { params: { calls: [{ answer: 'error', status: 503 }] } },
    request: { policy: { serverErrorRetries: 1 } },
    ends: 'provider_unavailable',
  },
  connection_degraded: { ...played(scenarios.down), request: { policy: { serverErrorRetries: 2 } } },
  connection_undetermined: {
    ...played(scenarios.undetermined),
    request: { policy: { serverErrorRetries: 2 } },
  },
  access_denied: {
    connection: { params: { reads: [{ read: 'error', status: 401 }] } },
    ends: 'access_denied',
  },
  request_rejected: played(scenarios.rejected),
  meld_unavailable: {
    connection: { params: { reads: [{ read: 'error', status: 503 }] } },
    ends: 'meld_unavailable',
  },
  charge_limit: {
    connection: { params: { aggregationMs: 2_000 } },
    request: { products: ['BALANCES'], maxCharges: 1 },
    meanwhile: async (handle, world) => {
      // The test server fails a task that cancels a call which has been answered meanwhile.
      await inPhase(handle, 'waiting_for_data');
      const requestedAt = await now(world);
      const products = ['TRANSACTIONS'] as const;
      await handle.signal(join, { joinId: randomUUID(), requestedAt, products, maxCharges: 1 });
    },
    ends: 'charge_limit',
  },
  deadline: {
    connection: { params: { calls: [{ answer: 'accepted', aggregation: 'fails' }] } },
    request: { giveUpAfter: '10m' },
    ends: 'deadline',
  },
  canceled: {
    connection: { scenario: 'mx_window' },
    meanwhile: async (handle) => {
      await inPhase(handle, 'waiting_for_window');
      await handle.cancel();
    },
    ends: 'canceled',
  },
  // Last: the test server stops skipping time once a child outlives its parent.
  not_found_and_told: {
    connection: { scenario: 'vanished' },
    request: { policy: { deliverOutcomes: ['not_found'] } },
    ends: 'not_found',
  },
};
