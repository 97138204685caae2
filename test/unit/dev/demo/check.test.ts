import { check } from '../../../../src/dev/demo/check';
import type { RefreshDescription } from '../../../../src/client';
import type { Call, Evidence, RefreshResult } from '../../../../src/refresh/model/outcome';
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

const instant = '2026-03-01T12:00:01.000Z';
const EVENT: Evidence = { by: 'event', eventId: 'e', occurredAt: instant, satisfies: instant };
const TIMESTAMP: Evidence = {
  by: 'successfullyAggregatedAt',
  aggregatedAt: instant,
  satisfies: instant,
};
const aCall = (answer: Call['answer']): Call => ({
  answer,
  sentAt: instant,
  products: null,
  httpStatus: null,
  requestId: null,
  mayBeCharged: answer === 'accepted',
});

/** What the check looks at, and the least of what else a result holds. */
const aResult = (over: object = {}): RefreshResult => ({
  connectionId: 'flaky',
  outcome: 'refreshed',
  requestedAt: '2026-03-01T12:00:00.000Z',
  freshSince: '2026-03-01T12:00:00.000Z',
  finishedAt: '2026-03-01T12:00:02.340Z',
  connection: null,
  aggregatedAt: { before: null, after: null },
  evidence: { BALANCES: EVENT },
  earlierEvidence: {},
  calls: [aCall('server_error'), aCall('accepted')],
  ...over,
});

const aRefresh = (over: Pick<Partial<RefreshDescription>, 'result'> = {}) => ({
  state: 'ended' as const,
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

test.each([
  ['another outcome', { result: aResult({ outcome: 'already_fresh' }) }, 'already_fresh, expected refreshed'],
  [
    'a reason where none was expected',
    { result: aResult({ outcome: 'escalated', reason: 'deadline' }) },
    'escalated (deadline), expected refreshed',
  ],
  [
    'evidence without webhooks',
    { result: aResult({ evidence: { BALANCES: TIMESTAMP } }) },
    'evidence: timestamp moved, expected webhooks',
  ],
  [
    'evidence of which one half came by webhook',
    { result: aResult({ evidence: { BALANCES: EVENT, OWNERS: TIMESTAMP } }) },
    'evidence: timestamp moved, webhooks, expected webhooks',
  ],
  [
    'a call that the result does not account for',
    { result: aResult({ calls: [aCall('accepted')] }) },
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
  ['is still running', { state: 'running' as const }, 'running'],
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
