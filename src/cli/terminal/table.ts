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
  const widthsOf = (lines: typeof all) =>
    header.map((_, index) => lines.reduce((most, line) => Math.max(most, stringWidth(line[index] ?? '')), 0));
  const widths = widthsOf(all);
  // Of the last column, its title must have room.
  const least = widthsOf([header, ...rows.map((row) => row.slice(0, -1))]);
  if (least.reduce((sum, one) => sum + one + GAP.length, -GAP.length) > columns)
    return rows.flatMap((row) => {
      const titled = row.map((cell, index) => cell && `${header[index] ?? ''} ${cell}`.trim());
      return [row.slice(0, lead).join(GAP), ...wrapped(titled.slice(lead).filter(Boolean), columns)];
    });
  const padded = (cell: string, index: number) =>
    cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(cell)));
  return all.map((row) => fitted(row.map(padded).join(GAP).trimEnd(), columns));
}

/** As many parts in a line as have room, each after a gap. */
function wrapped(parts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const open = lines.pop() ?? '';
    const line = open + GAP + part;
    lines.push(...(open !== '' && stringWidth(line) > width ? [open, GAP + part] : [line]));
  }
  return lines;
}
