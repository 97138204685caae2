import {
  accountsUpdated,
  connectionStatusChanged,
  searchAttributes,
  transactionsAggregated,
} from '../../src/workflows/messages';
import { progressOf, skipTime, until, type SkippingTime } from './support/skipping-time';

const HOUR_MS = 3_600_000;

let world: SkippingTime;
beforeAll(async () => {
  world = await skipTime();
});
afterAll(() => world.close());

test('waits a three-hour window out in three hours of server time, with no second call inside it', async () => {
  const { simulator, start } = world;
  simulator.createConnection({ id: 'window', scenario: 'mx_window', params: { retryAfter: 'absent' } });
  const handle = await start({ connectionId: 'window', giveUpAfter: '4h' });
  const result = await handle.result();
  const [first, second, ...more] = result.calls;
  expect([first?.answer, second?.answer, more]).toEqual(['rate_limited', 'accepted', []]);
  const gapMs = Date.parse(second?.sentAt ?? '') - Date.parse(first?.sentAt ?? '');
  expect(gapMs).toBeGreaterThanOrEqual(3 * HOUR_MS);
  expect(gapMs).toBeLessThan(3.31 * HOUR_MS);
  expect(simulator.ledger('window')).toHaveLength(2);
});

test('a run that meets 429 for ever stops after as many windows as it may wait out', async () => {
  const { simulator, start } = world;
  simulator.createConnection({
    id: 'limited',
    scenario: 'mx_window',
    params: { rateLimits: 50, retryAfter: 'seconds' },
  });
  const handle = await start({
    connectionId: 'limited',
    giveUpAfter: '7d',
    policy: { maxRateLimitWaits: 3 },
  });
  const result = await handle.result();
  expect(result).toMatchObject({ outcome: 'rate_limited', nextAllowedAt: expect.stringMatching(/Z$/) });
  expect(simulator.ledger('limited').map(({ answer }) => answer)).toHaveLength(4);
  const { memo, typedSearchAttributes } = await handle.describe();
  expect(memo).toMatchObject({
    progress: { phase: 'ended', nextAllowedAt: result.outcome === 'rate_limited' && result.nextAllowedAt },
  });
  expect(Object.values(searchAttributes).map((key) => typedSearchAttributes.get(key))).toEqual([
    'limited',
    expect.any(String),
    'MX',
    'rate_limited',
    expect.any(Date),
  ]);
});

test('a connection that Meld lets nobody read escalates after bounded tries', async () => {
  const { simulator, start } = world;
  simulator.createConnection({ id: 'dark', params: { reads: [{ read: 'error', status: 503 }] } });
  const result = await (await start({ connectionId: 'dark' })).result();
  expect(result).toMatchObject({ outcome: 'escalated', reason: 'meld_unavailable', calls: [] });
});

test('complete evidence ends a refresh well while Meld cannot be read', async () => {
  const { simulator, start, env } = world;
  const params = {
    aggregationMs: 9 * HOUR_MS,
    reads: [{ read: 'found' as const }, { read: 'error' as const, status: 503 }],
  };
  simulator.createConnection({ id: 'unreadable', params });
  const handle = await start({ connectionId: 'unreadable' });
  // The test server fails a task that cancels a call which has been answered meanwhile.
  await until(async () => (await progressOf(handle))?.accepted === 1);
  await handle.signal(connectionStatusChanged, { eventId: 's-1', occurredAt: 'unknown' });
  const attempts = async (): Promise<number> =>
    (await handle.describe()).raw.pendingActivities?.[0]?.attempt ?? 0;
  await until(async () => (await attempts()) > 1);
  const occurredAt = new Date(await env.currentTimeMs()).toISOString();
  await handle.signal(accountsUpdated, { eventId: 'a-1', occurredAt });
  await handle.signal(transactionsAggregated, { eventId: 't-1', occurredAt });
  // Nobody awaits the result yet, so no time is skipped: the tries that are left could not be over by now.
  await until(async () => (await handle.describe()).status.name === 'COMPLETED');
  expect(await handle.result()).toMatchObject({
    outcome: 'refreshed',
    evidence: { BALANCES: { eventId: 'a-1' } },
  });
});

test.each(['window wait', 'data wait'])('a cancellation ends the %s at once', async (name) => {
  const { simulator, start } = world;
  const connectionId = name.replace(' ', '-');
  simulator.createConnection({
    id: connectionId,
    scenario: name === 'window wait' ? 'mx_window' : 'healthy',
    params: { aggregationMs: 9_000_000 },
  });
  const handle = await start({ connectionId });
  const phase = name === 'window wait' ? 'waiting_for_window' : 'waiting_for_data';
  await until(async () => {
    const progress = (await handle.describe()).memo?.['progress'] as { phase?: string } | undefined;
    return progress?.phase === phase;
  });
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  const { status, memo, startTime, closeTime } = await handle.describe();
  expect((closeTime?.getTime() ?? Infinity) - startTime.getTime()).toBeLessThan(60_000);
  expect([status.name, memo?.['progress']]).toMatchObject([
    'CANCELLED',
    { phase: 'ended', why: 'canceled by request' },
  ]);
  expect(await handle.query('__temporal_workflow_metadata')).toMatchObject({
    currentDetails: expect.stringMatching(/^\*\*Canceled\*\*: by request\n/),
  });
});
