import type { Settings, Table, Tables } from './part';
import { costsOnPage } from './costs-on-page';
import { REACHES } from './reaches';
import type { Cell } from './statistics';

/** One part's figures, and on what they were measured. */
export interface Measured {
  readonly measuredAt: string;
  /** Of the minute before: near 0 on a quiet machine. */
  readonly loadBefore: number;
  readonly machine: string;
  /** The server's version. */
  readonly temporal: string;
  readonly settings: Settings;
  readonly tables: Tables;
}

export type Figures = Readonly<Record<string, Measured>>;

const PARTS: Readonly<Record<string, string>> = {
  refreshes:
    'Plain refreshes: Meld has the data at once, and sends both webhooks. Where they overtake the answer to the call, ours ends ' +
    'without it, and the floor waits for it. CPU is for one ' +
    'refresh; the server is the receiver of webhooks in the rows of the floor, and the caller is the process that asks.',
  counts:
    'What one refresh takes. Waits are scaled to seconds, which changes no count but those of polls: the 30 days of the ' +
    'repair are 15 seconds. The gRPC requests are those of the caller, from ask to result, with one check on Temporal in ' +
    'each wait that takes longer than 5 s.',
  sleepers:
    'Refreshes that sleep in a window of three hours: of `--asleep` a sixth with a worker cache of 0, two thirds with one of ' +
    '500, a sixth with one of 2,000. Heaps are ' +
    'V8’s, all threads, after their garbage was collected. Then 2 % of `--asleep` wake within ten seconds.',
  webhooks:
    'First, receivers that signal nobody, in turn: `node:http` with the same HMAC and one parse, our receiver behind ' +
    '`node:http`, and the server with its log and metrics: at 500 deliveries a second, and as fast as they are answered, where ' +
    'the faster one gets more of them at once and wakes less often. Then deliveries into the real server, from the instant that each ' +
    'was due, with the open refreshes spread over 100 connections.',
  replay:
    'CPU of one replay into an empty cache, all threads of the process, and the bundle that a worker loads.',
};

/** `docs/contributing/benchmark.md`. */
export function renderPage(figures: Figures): string {
  return [
    '# Benchmark',
    '<!-- Made by `npm run bench -- --save` of bench/figures.json. -->',
    'What this product costs beside the floor: a bare Temporal workflow with the same reads, call, wait and signals, and ' +
      'nothing else (`bench/floor`). Both run side by side on one dev server, each with a worker and a simulated Meld of its ' +
      'own, and everything shares the cores, the caller included. Our worker evaluates the modules of its workflow once, the ' +
      'floor’s for each run, as is the default of the SDK. It listens on loopback only, needs Linux, ends what it ' +
      'started, and is no part of `npm test`.',
    table(
      ['command', 'what it measures'],
      [
        ['npm run bench', 'everything'],
        ...Object.keys(PARTS).map((name) => [`npm run bench -- --only ${name}`, `the chapter _${name}_`]),
        ['npm run bench -- --save', 'the same, keeps the figures and makes this page of them'],
        ['npm run bench -- --page', 'nothing: makes this page of the figures that are kept'],
      ].map(([command = '', what = '']) => [`\`${command}\``, what]),
    ),
    '`--pairs` (10), `--block` (64 refreshes; a quarter of it one at a time), `--asleep` (10000), `--deliveries` (2000) and ' +
      '`--rounds` (10) say how much.',
    'A figure is a median, of CPU the mean, with the 95 % interval of a bootstrap in brackets; a ratio is the median of the ' +
      'ratios pair by pair, ours to the floor’s of the same turn, with every second turn in the reverse order. With fewer ' +
      'than a hundred values p99 is the largest.',
    ...Object.keys(PARTS).flatMap((name) => chapter(name, figures[name])),
    '## Reach',
    table(['what', 'reach', 'measured', 'met'], reachRows(figures)),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function chapter(name: string, measured: Measured | undefined): string[] {
  const head = [`## ${name.charAt(0).toUpperCase()}${name.slice(1)}`, PARTS[name]!];
  if (measured === undefined) return [...head, 'No figures are kept of it yet.'];
  const { measuredAt, loadBefore, machine, temporal, settings, tables } = measured;
  const plots = PLOTTED[name];
  const flags = Object.entries(settings).map(([flag, value]) => `--${flag} ${value}`);
  return [
    ...head,
    `${measuredAt} UTC, load ${loadBefore.toFixed(2)} before; ${machine}; Temporal ${temporal}.`,
    `\`npm run bench -- --only ${name} ${flags.join(' ')}\``,
    ...(plots === undefined ? [] : [`![${plots.title}](${plots.file}.svg)`]),
    ...Object.entries(tables).map(([title, rows]) => cellTable(title, rows)),
    ...(name === 'counts' ? [comparison(tables)] : []),
  ];
}

export const PLOTTED: Readonly<Record<string, { readonly file: string; readonly title: string }>> = {
  refreshes: { file: 'benchmark-throughput', title: 'Refreshes a second as a ratio to the floor’s' },
  sleepers: { file: 'benchmark-sleepers', title: 'Memory and CPU of workers with sleepers' },
};

function cellTable(title: string, rows: Table): string {
  const columns = columnsOf(rows);
  return table(
    [title, ...columns],
    Object.entries(rows).map(([row, cells]) => [row, ...columns.map((column) => showCell(cells[column]))]),
  );
}

export function columnsOf(rows: Table): readonly string[] {
  // The floor's row has no ratios: the fullest row says the order.
  const columns = Object.values(rows).map((cells) => Object.keys(cells));
  return [...new Set(columns.sort((a, b) => b.length - a.length).flat())];
}

/** Three significant digits, and the interval where there is one. */
export function showCell(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  const { value, from, to } = cell;
  return from === to ? digits(value) : `${digits(value)} (${digits(from)} to ${digits(to)})`;
}

function digits(value: number): string {
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.1))));
  return value.toLocaleString('en-US', { maximumFractionDigits: Number.isInteger(value) ? 0 : places });
}

/** Against the bounds in docs/reliability.md. */
function comparison(tables: Tables): string {
  const over = Object.entries(costsOnPage()).flatMap(([path, bounds]) =>
    Object.entries(bounds).flatMap(([column, bound]) => {
      const cell = tables['one refresh']?.[path]?.[column];
      return cell !== undefined && cell.value > bound
        ? [`${path}: ${column} ${digits(cell.value)}, not ${bound}`]
        : [];
    }),
  );
  const page = '[what a refresh costs](../reliability.md#what-a-refresh-costs)';
  return over.length === 0 ? `All within ${page}.` : `More than ${page} says: ${over.join('; ')}.`;
}

function reachRows(figures: Figures): string[][] {
  return REACHES.flatMap(({ what, at: [part, title, row, column], least, most, why }) => {
    const measured = figures[part];
    if (measured === undefined) return [];
    const rows = Object.entries(measured.tables[title] ?? {});
    const cell = rows.find(([name]) => name === row || name.startsWith(`${row}, `))?.[1][column];
    const bound = least ?? most ?? NaN;
    const reach = `${least === undefined ? 'at most' : 'at least'} ${bound}`;
    if (cell === undefined) return [[what, reach, 'not measured', '']];
    const isMet = least === undefined ? cell.value <= bound : cell.value >= bound;
    const by = Math.abs(cell.value / bound - 1) * 100;
    const verdict = isMet ? 'yes' : `missed by ${by.toFixed(0)} %: ${why ?? 'not known why'}`;
    return [[what, reach, showCell(cell), verdict]];
  });
}

/** As prettier lays it out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((cells) => cells[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
