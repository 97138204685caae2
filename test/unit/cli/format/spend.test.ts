import type { RefreshDescription } from '../../../../src/client';
import { addUp, spendCsv, spendTable, totalOf } from '../../../../src/cli/format/spend';
import { aDescription, anEnd } from '../support/a-description';

const counts = (accepted: number, mayBeCharged: number, joins = 0) => ({
  progress: { accepted, mayBeCharged, joins },
});

const REFRESHES = [
  aDescription({ provider: 'MX', startedAt: '2026-03-02T10:00:00.000Z', ...counts(2, 2, 3) }),
  aDescription({ provider: 'MX', ...counts(0, 1) }),
  aDescription({ provider: '=PLAID', customerId: 'a "b"', ...counts(1, 1) }),
  aDescription({ progress: { mayBeCharged: 1 } }),
  aDescription({ outcome: 'already_fresh', state: 'ended', ...counts(0, 0) }),
];

test('calls that were charged and may have been are told apart, and what could not be read is counted', () => {
  const spends = addUp(REFRESHES, 'provider');
  const none = { refreshes: 1, charged: 0, maybe: 0, withoutCall: 0, joins: 0, unread: 0 };
  expect(spends).toEqual([
    { ...none, group: 'MX', refreshes: 2, charged: 2, maybe: 1, joins: 3 },
    { ...none, group: '=PLAID', charged: 1 },
    { ...none, group: 'unknown', refreshes: 2, withoutCall: 1, unread: 1 },
  ]);
  expect(totalOf(spends)).toEqual({
    group: 'total',
    refreshes: 5,
    charged: 3,
    maybe: 1,
    withoutCall: 1,
    joins: 3,
    unread: 1,
  });
});

test('a run whose progress cannot be read is unread; one that failed before it had any has made no call', () => {
  const totalOfOne = (run: RefreshDescription) => totalOf(addUp([run], 'day'));
  const unread = { ...anEnd('a', 'refreshed'), progress: null, progressUnreadable: true } as const;
  expect(totalOfOne(unread)).toMatchObject({ refreshes: 1, charged: 0, maybe: 0, unread: 1 });
  expect(totalOfOne(aDescription({ state: 'failed' }))).toMatchObject({
    refreshes: 1,
    charged: 0,
    maybe: 0,
    unread: 0,
  });
});

test('days come in their order, customers by what they cost', () => {
  expect(addUp(REFRESHES, 'day').map(({ group }) => group)).toEqual(['2026-03-01', '2026-03-02']);
  expect(addUp(REFRESHES, 'customer').map(({ group }) => group)).toEqual(['unknown', 'a "b"']);
});

test('a table with bars, and values for a spreadsheet that calculates none of them', () => {
  const spends = addUp(REFRESHES, 'provider');
  expect(spendTable(spends, 'provider')).toEqual([
    'PROVIDER  REFRESHES  CHARGED  MAYBE  NO CALL  JOINS  UNREAD',
    'MX        2          2        1      0        3      0       #############???????',
    '=PLAID    1          1        0      0        0      0       #######',
    'unknown   2          0        0      1        0      1',
    'total     5          3        1      1        3      1',
  ]);
  expect(spendTable(spends.slice(0, 1), 'provider', 40)).toEqual([
    'MX',
    '  REFRESHES 2  CHARGED 2  MAYBE 1',
    '  NO CALL 0  JOINS 3  UNREAD 0',
    '  #############???????',
    'total',
    '  REFRESHES 2  CHARGED 2  MAYBE 1',
    '  NO CALL 0  JOINS 3  UNREAD 0',
  ]);
  expect(spendCsv(spends, 'provider')).toEqual([
    'provider,refreshes,charged,maybe,withoutCall,joins,unread',
    '"MX",2,2,1,0,3,0',
    `"'=PLAID",1,1,0,0,0,0`,
    '"unknown",2,0,0,1,0,1',
  ]);
});
