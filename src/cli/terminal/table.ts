import Table from 'cli-table3';
import { fitted } from './fitted';

const GAP = { 'padding-left': 0, 'padding-right': 0 };
const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((part) => [side + part, '']),
  ),
);

/**
 * A header and rows in columns that line up, two spaces apart. The last column is cut where the terminal ends; without
 * a width, nothing is cut. Never throws.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): readonly string[] {
  const table = new Table({
    chars: { ...NO_LINES, mid: '', 'mid-mid': '', middle: '  ' },
    style: { ...GAP, head: [], border: [] },
  });
  table.push(header.map(String), ...rows.map((row) => row.map(String)));
  return (
    table
      .toString()
      .split('\n')
      // A terminal that does not know its width says 0.
      .map((line) => fitted(line.trimEnd(), width > 0 ? width : Infinity))
  );
}
