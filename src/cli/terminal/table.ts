import stringWidth from 'string-width';
import { fitted } from './fitted';

const GAP = '  ';

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
  const all = [header, ...rows];
  const widthOf = (lines: typeof all, index: number): number =>
    lines.reduce((most, line) => Math.max(most, stringWidth(line[index] ?? '')), 0);
  const widths = header.map((_, index) => widthOf(all, index));
  // Of the last column, its title must have room.
  const least = widths.with(-1, widthOf([header], header.length - 1));
  if (least.reduce((sum, one) => sum + one + GAP.length, -GAP.length) > columns)
    return rows.flatMap((row) => linesOf(header, row, columns, lead));
  const padded = (cell: string, index: number) =>
    cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(cell)));
  return all.map((row) => fitted(row.map(padded).join(GAP).trimEnd(), columns));
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
    const part = GAP + `${header[index] ?? ''} ${cell}`.trim();
    if (line !== '' && stringWidth(line + part) > width) {
      lines.push(line);
      line = '';
    }
    line += part;
  }
  return [row.slice(0, lead).join(GAP), ...lines, line];
}
