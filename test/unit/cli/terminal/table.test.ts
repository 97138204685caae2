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
