export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** A table for a terminal: a title and a rule over each column, as wide as its longest cell. No colours in cells. */
export function ruledTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const set = columns.map(({ title, cell, align = 'left' }) => {
    const width = Math.max(title.length, ...rows.map((row) => cell(row).length));
    const fit = (text: string) => (align === 'left' ? text.padEnd(width) : text.padStart(width));
    return { title: fit(title), rule: '─'.repeat(width), cell: (row: Row) => fit(cell(row)) };
  });
  const line = (cells: readonly string[]) => cells.join(GAP).trimEnd();
  return [
    line(set.map(({ title }) => title)),
    line(set.map(({ rule }) => rule)),
    ...rows.map((row) => line(set.map(({ cell }) => cell(row)))),
  ].join('\n');
}
