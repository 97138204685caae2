import { ruledTable } from '../../../../src/dev/demo/ruled-table';

test('each column is as wide as its longest cell or its title', () => {
  const rows = [
    { name: 'a', time: '10.5 s' },
    { name: 'longer', time: '1.0 s' },
  ];
  const table = ruledTable(
    [
      { title: 'name', cell: ({ name }) => name },
      { title: 'time', cell: ({ time }) => time, align: 'right' },
    ],
    rows,
  );
  expect(table.split('\n')).toEqual(['name      time', '──────  ──────', 'a       10.5 s', 'longer   1.0 s']);
});

test('a table without rows has its titles', () => {
  expect(ruledTable([{ title: 'name', cell: () => '' }], [])).toBe('name\n────');
});
