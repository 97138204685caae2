import { actionsIn } from '../../bench/billable-actions';
import { costsOnPage } from '../../bench/costs-on-page';
import type { RefreshRequest } from '../../src/refresh/model/request';
import type { ConnectionSpec } from '../../src/simulator/state/connection-spec';
import { accountsUpdated, transactionsAggregated } from '../../src/workflows/messages';
import { progressOf, skipTime, until, type Handle, type SkippingTime } from './support/skipping-time';

// Hours of polls take seconds of a quiet machine, and a minute of a busy one.
jest.setTimeout(180_000);

let world: SkippingTime;
beforeAll(async () => {
  world = await skipTime();
});
afterAll(() => world.close());

const bothWebhooks = async (handle: Handle, connectionId: string): Promise<void> => {
  await world.simulator.until(() => world.simulator.ledger(connectionId).length > 0, 20_000);
  const occurredAt = new Date(await world.env.currentTimeMs()).toISOString();
  await handle.signal(accountsUpdated, { eventId: 'a-1', occurredAt });
  await handle.signal(transactionsAggregated, { eventId: 't-1', occurredAt });
};

interface Path {
  readonly connection: ConnectionSpec;
  readonly request?: Partial<RefreshRequest>;
  readonly meanwhile?: (handle: Handle, connectionId: string) => Promise<void>;
  readonly ends: string;
}

const HOUR_MS = 3_600_000;

/** By the name that docs/reliability.md gives them. */
const PATHS: Readonly<Record<string, Path>> = {
  'fresh already': { connection: {}, request: { maxAge: '2d' }, ends: 'already_fresh' },
  'accepted, both webhooks': {
    connection: { params: { aggregationMs: 9 * HOUR_MS } },
    meanwhile: async (handle, connectionId) => {
      await until(async () => (await progressOf(handle))?.phase === 'waiting_for_data');
      await bothWebhooks(handle, connectionId);
    },
    ends: 'refreshed',
  },
  'accepted, both webhooks before the answer': {
    connection: { params: { aggregationMs: 9 * HOUR_MS, answerDelayMs: 800 } },
    meanwhile: bothWebhooks,
    ends: 'refreshed',
  },
  'all webhooks lost': { connection: { params: { aggregationMs: 1_000 } }, ends: 'refreshed' },
  'one window of three hours': { connection: { scenario: 'mx_window' }, ends: 'refreshed' },
  'healed after 5xx': { connection: { scenario: 'flaky' }, ends: 'refreshed' },
  'answer lost, data came': {
    connection: { scenario: 'lost_answer', params: { lostAnswer: 'cut' } },
    ends: 'refreshed',
  },
  '30 days of waiting for a repair': {
    connection: { scenario: 'repair' },
    // Polls cost no events, however many: fewer of them, so that the test is short.
    request: { onRepair: 'wait', giveUpAfter: '30d', policy: { poll: { maximum: '6h' } } },
    ends: 'repair_required',
  },
};

test.each(Object.entries(PATHS))('costs what the page says: %s', async (name, planned) => {
  const connectionId = `path-${Object.keys(PATHS).indexOf(name)}`;
  world.simulator.createConnection({ id: connectionId, ...planned.connection });
  const handle = await world.start({ connectionId, ...planned.request });
  await planned.meanwhile?.(handle, connectionId);
  expect((await handle.result()).outcome).toBe(planned.ends);

  const { events } = await handle.fetchHistory();
  const gets = world.reads(connectionId);
  const posts = world.simulator.ledger(connectionId).length;
  const measured = [events?.length ?? 0, actionsIn(events ?? []) + gets + posts, gets, posts];
  process.stdout.write(`${name}: events, actions, GETs, POSTs: ${measured.join(', ')}\n`);

  // Events and actions are upper bounds: what arrives together is handled together.
  const { events: mostEvents = 0, actions = 0, GETs = 0, POSTs } = costsOnPage()[name] ?? {};
  expect(posts).toBe(POSTs);
  expect(gets).toBeLessThanOrEqual(GETs);
  expect(measured[0]).toBeLessThanOrEqual(mostEvents);
  expect(measured[1]).toBeLessThanOrEqual(actions);
  // Nor does the page say much more than is true.
  expect(measured[0]).toBeGreaterThan(mostEvents / 2);
});
