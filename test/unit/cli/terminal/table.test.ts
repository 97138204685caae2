import { table } from '../../../../src/cli/terminal/table';

test('columns line up under their header, also below wide characters, and the last is cut where the terminal ends', () => {
  const rows = [
    ['con-1', 'refreshed', 'x'],
    ['日本-2', 'ended', 'a long reason'],
  ];
  expect(table(['ID', 'STATE', 'WHY'], rows)).toEqual([
    'ID      STATE      WHY',
    'con-1   refreshed  x',
    '日本-2  ended      a long reason',
  ]);
  expect(table(['ID', 'STATE', 'WHY'], rows, 25)[2]).toBe('日本-2  ended      a lon…');
  // A terminal whose width nobody has set.
  expect(table(['ID', 'STATE', 'WHY'], rows, 0)[2]).toBe('日本-2  ended      a long reason');
});

test('where columns have no room, each row is lines that fit, with what matters most first and nothing cut', () => {
  const row = [
    'W9jpQc1HKvwscqMPcLmzUS',
    'refreshed',
    '1',
    'PLAID',
    '2026-03-01 12:00:00 UTC',
    '-',
    'a reason',
  ];
  const header = ['CONNECTION', 'STATE', 'CHARGES', 'PROVIDER', 'STARTED', 'ENDED', 'WHY'];
  expect(table(header, [row, [...row.slice(0, 6), '']], 40, 2)).toEqual([
    'W9jpQc1HKvwscqMPcLmzUS  refreshed',
    '  CHARGES 1  PROVIDER PLAID',
    '  STARTED 2026-03-01 12:00:00 UTC',
    '  ENDED -  WHY a reason',
    'W9jpQc1HKvwscqMPcLmzUS  refreshed',
    '  CHARGES 1  PROVIDER PLAID',
    '  STARTED 2026-03-01 12:00:00 UTC',
    '  ENDED -',
  ]);
  // The last column is cut for as long as its title has room.
  const least = 22 + 9 + 7 + 8 + 23 + 5 + 'WHY'.length + 6 * 2;
  expect(table(header, [row], least)).toHaveLength(2);
  expect(table(header, [row], least - 1).length).toBeGreaterThan(2);
});
