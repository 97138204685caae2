import Table from 'cli-table3';
import stringWidth from 'string-width';
import { fitted } from './fitted';

const GAP = '  ';
const NO_PADDING = { 'padding-left': 0, 'padding-right': 0 };
const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((part) => [side + part, '']),
  ),
);

/**
 * A header and rows in columns that line up, two spaces apart. The last column is cut where the terminal ends; where it
 * ends before that, each row becomes lines of its own, with nothing cut. Without a width, nothing is cut. Never throws.
 * @param lead how many cells stand in the first of those lines, and need no title
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width = Infinity,
  lead = 1,
): readonly string[] {
  // A terminal that does not know its width says 0.
  const columns = width > 0 ? width : Infinity;
  if (leastWidth(header, rows) > columns) return rows.flatMap((row) => linesOf(header, row, columns, lead));
  const table = new Table({
    chars: { ...NO_LINES, mid: '', 'mid-mid': '', middle: GAP },
    style: { ...NO_PADDING, head: [], border: [] },
  });
  table.push(header.map(String), ...rows.map((row) => row.map(String)));
  return table
    .toString()
    .split('\n')
    .map((line) => fitted(line.trimEnd(), columns));
}

/** Of all columns, the last one with its title alone. */
function leastWidth(header: readonly string[], rows: readonly (readonly string[])[]): number {
  return header.reduce((sum, title, index) => {
    const cells = index === header.length - 1 ? [] : rows.map((row) => row[index] ?? '');
    return sum + Math.max(...[title, ...cells].map((cell) => stringWidth(cell))) + GAP.length;
  }, -GAP.length);
}

function linesOf(
  header: readonly string[],
  row: readonly string[],
  width: number,
  lead: number,
): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const [index, cell] of row.entries()) {
    if (index < lead || cell === '') continue;
    const next = `${line}${GAP}${`${header[index] ?? ''} ${cell}`.trim()}`;
    if (line !== '' && stringWidth(next) > width) lines.push(line);
    line = line !== '' && stringWidth(next) > width ? next.slice(line.length) : next;
  }
  return [row.slice(0, lead).join(GAP), ...lines, line];
}
