import { check } from '../../../../src/dev/demo/check';
import type { SeenRefresh } from '../../../../src/dev/demo/refresh-api';
import type { DemoScenario } from '../../../../src/dev/demo/demo-scenarios';
import { formatReport } from '../../../../src/dev/demo/report';

const scenario: DemoScenario = {
  name: 'flaky',
  sentence: 'it stumbles',
  connection: { scenario: 'flaky' },
  ends: { outcome: 'refreshed' },
  calls: ['server_error', 'accepted'],
  charged: 1,
  evidence: 'event',
};

const aResult = (over: Partial<NonNullable<SeenRefresh['result']>> = {}) => ({
  outcome: 'refreshed',
  requestedAt: '2026-03-01T12:00:00.000Z',
  finishedAt: '2026-03-01T12:00:02.340Z',
  evidence: { BALANCES: { by: 'event' as const } },
  calls: [{ answer: 'server_error' }, { answer: 'accepted' }],
  ...over,
});

const aRefresh = (over: Partial<SeenRefresh> = {}): SeenRefresh => ({
  connectionId: 'flaky',
  runId: 'run',
  state: 'ended',
  progress: null,
  result: aResult(),
  ...over,
});

const billed = [
  { connectionId: 'flaky', answer: 'server_error', charged: false },
  { connectionId: 'flaky', answer: 'accepted', charged: true },
];

test('a refresh that went as expected is told in one row, with nothing to complain of', () => {
  expect(check({ scenario, refresh: aRefresh(), billed })).toEqual({
    connection: 'flaky',
    sentence: 'it stumbles',
    outcome: 'refreshed',
    charged: '1 of 2',
    grounds: 'webhooks',
    time: '2.3 s',
    differences: [],
  });
});

const byTimestamp = { by: 'successfullyAggregatedAt' as const };
test.each([
  ['another outcome', { result: aResult({ outcome: 'already_fresh' }) }, 'already_fresh, expected refreshed'],
  [
    'a reason where none was expected',
    { result: aResult({ outcome: 'escalated', reason: 'deadline' }) },
    'escalated (deadline), expected refreshed',
  ],
  [
    'evidence without webhooks',
    { result: aResult({ evidence: { BALANCES: byTimestamp } }) },
    'evidence: timestamp moved, expected webhooks',
  ],
  [
    'evidence of which one half came by webhook',
    { result: aResult({ evidence: { BALANCES: { by: 'event' }, OWNERS: byTimestamp } }) },
    'evidence: timestamp moved, webhooks, expected webhooks',
  ],
  [
    'a call that the result does not account for',
    { result: aResult({ calls: [{ answer: 'accepted' }] }) },
    'Meld saw 2 calls, the result accounts for 1',
  ],
])('%s is a difference', (_what, over, difference) => {
  expect(check({ scenario, refresh: aRefresh(over), billed }).differences).toEqual([difference]);
});

test('a charge too many is a difference, whatever the result says of it', () => {
  const twice = billed.map((call) => ({ ...call, charged: true }));
  const { differences, charged } = check({ scenario, refresh: aRefresh(), billed: twice });
  expect(charged).toBe('2 of 2');
  expect(differences).toEqual(['Meld charged 2, expected 1']);
});

test.each([
  ['is still running', { ...aRefresh({ state: 'running' }), result: undefined }, 'running'],
  ['was never started', null, 'not started'],
])('a refresh that %s is no success', (_what, refresh, outcome) => {
  const result = check({ scenario, refresh, billed: [] });
  expect(result).toMatchObject({ outcome, charged: 'no call', time: '–' });
  expect(result.differences).toContain(`${outcome}, expected refreshed`);
});

test('the closing words say what is wrong, and with what', () => {
  const good = check({ scenario, refresh: aRefresh(), billed });
  const bad = check({ scenario, refresh: null, billed: [] });
  expect(formatReport([good])).toContain('All 1 outcomes, charges and proofs are as expected.');
  expect(formatReport([good, bad])).toContain('1 of 2 are not as expected:\n  flaky: not started');
  expect(formatReport([good, bad])).toMatch(/^✓ {2}flaky .*\n✗ {2}flaky /m);
});
