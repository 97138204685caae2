import { isAnswered, isUnderWay } from '../../../../src/cli/refresh/answered';
import type { Progress, RefreshDescription } from '../../../../src/client';
import { aDescription, anEnd } from '../support/a-description';

const FRESH_SINCE = '2026-03-01T12:00:00.000Z';
const LATER = '2026-03-01T12:00:01.000Z';
const EARLIER = '2026-03-01T11:59:59.000Z';
const BALANCES = { BALANCES: { by: 'event', eventId: 'e', occurredAt: LATER, satisfies: LATER } } as const;

const order = { startedAt: FRESH_SINCE, request: { freshSince: FRESH_SINCE } };

test.each<[string, RefreshDescription, boolean]>([
  ['data proven as fresh as wanted, whoever asked', anEnd('a', 'refreshed', { freshSince: LATER }), true],
  ['data that was fresh already', anEnd('a', 'already_fresh'), true],
  ['data proven for an earlier instant only', anEnd('a', 'refreshed', { freshSince: EARLIER }), false],
  ['data of a part of the products', anEnd('a', 'refreshed', { evidence: BALANCES }), false],
  ['an escalation of its own, paid for', anEnd('a', 'escalated'), true],
  ["somebody else's escalation", anEnd('a', 'escalated', { freshSince: LATER }), false],
  [
    'an escalation of another day with the same explicit instant',
    anEnd('a', 'escalated', { startedAt: '2026-02-28T12:00:00.000Z' }),
    false,
  ],
  [
    "an escalation of its own by Temporal's slower clock",
    anEnd('a', 'escalated', { startedAt: '2026-03-01T11:59:30.000Z' }),
    true,
  ],
  ['an open run', aDescription({}), false],
  ['a canceled run', aDescription({ state: 'canceled' }), false],
])('%s: %#', (_name, description, expected) => {
  expect(isAnswered(order, description)).toBe(expected);
});

test('a part of the products is enough when no more are asked for', () => {
  const request = { ...order.request, products: ['BALANCES'] as const };
  expect(isAnswered({ ...order, request }, anEnd('a', 'refreshed', { evidence: BALANCES }))).toBe(true);
});

const TERMS: Progress['terms'] = {
  allProducts: true,
  products: [],
  freshSince: FRESH_SINCE,
  deadline: LATER,
  onRateLimit: 'wait',
  onRepair: 'return',
  maxCharges: 2,
};
const open = (terms: Partial<Progress['terms']> = {}) =>
  aDescription({ progress: { terms: { ...TERMS, ...terms } } });

test.each<[string, RefreshDescription, boolean]>([
  ['wants all that the bulk wants', open(), true],
  ['wants data of another instant', open({ freshSince: LATER }), false],
  ['wants a part of the products', open({ allProducts: false, products: ['BALANCES'] }), false],
  ['has not said what it wants', aDescription({}), false],
  ['has ended', anEnd('a', 'escalated'), false],
])('a run that %s is followed instead of joined: %#', (_name, description, expected) => {
  expect(isUnderWay(order, description)).toBe(expected);
});
