import { readFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = path.join(__dirname, '../docs/reliability.md');
const COLUMNS = ['events', 'actions', 'GETs', 'POSTs'];

/** The table "What a refresh costs": upper bounds by path and column. */
export function costsOnPage(): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const [, rows = ''] = /\| path .*\n\|[ -|]+\n((?:\|.*\n)+)/.exec(readFileSync(PAGE, 'utf8')) ?? [];
  return Object.fromEntries(
    rows
      .trimEnd()
      .split('\n')
      .map((row) => {
        const [, name = '', ...cells] = row.split('|').map((cell) => cell.trim());
        return [
          name,
          Object.fromEntries(
            COLUMNS.map((column, index) => [column, Number(cells[index]?.replace(',', ''))]),
          ),
        ];
      }),
  );
}
