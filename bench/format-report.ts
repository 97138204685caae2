import { renderTable } from '../src/dev/demo/table';
import type { HistorySize, LoadFigures, MemoryFigures } from './figures';
import type { Ratio, Report } from './report';

/** For people: on what and how it was measured, the figures, the ratios. */
export function formatReport(report: Report): string {
  const { load, alone, history, memory, settings, ratios } = report;
  const { concurrency } = settings;
  return [
    formatConditions(report),
    formatLoad([
      [`HTTP API, ${concurrency} at once`, load.http],
      [`RefreshClient, ${concurrency} at once`, load.client],
      [`HTTP API, encrypted, ${concurrency} at once`, load.encrypted],
      ['HTTP API, one at a time', alone.plain],
      ['HTTP API, encrypted, one at a time', alone.encrypted],
    ]),
    formatSizes([
      ['plain', history.plain],
      ['encrypted', history.encrypted],
    ]),
    formatMemory(memory),
    formatRatios(ratios),
  ].join('\n\n');
}

function formatConditions({ machine, settings, measuredAt }: Report): string {
  const { cores, cpu, platform, node, temporal, loadAverage } = machine;
  return [
    `meld-refresh, measured ${measuredAt} on ${cores} cores (${cpu}), ${platform}, Node ${node}, load average ` +
      `${loadAverage.toFixed(2)} before the start.`,
    `Temporal's dev server ${temporal} (SQLite), the simulated Meld, worker, server and the caller share these cores.`,
    'A plain refresh: Meld accepts it and has the data at once, and the policy waits for nothing (settle 0s).',
    `${settings.rounds} rounds of ${settings.refreshes} refreshes, ${settings.concurrency} at once, each kind in turn, ` +
      `after ${settings.warmUp} to warm up; ${settings.alone} one at a time.`,
  ].join('\n');
}

function formatLoad(rows: readonly (readonly [way: string, figures: LoadFigures])[]): string {
  return renderTable(
    [
      { title: 'plain refreshes', cell: ([way]) => way },
      { title: 'refreshes/s', align: 'right', cell: ([, { perSecond }]) => perSecond.toFixed(1) },
      {
        title: 'by round',
        align: 'right',
        cell: ([, { perSecondFrom, perSecondTo }]) =>
          `${perSecondFrom.toFixed(1)} to ${perSecondTo.toFixed(1)}`,
      },
      { title: 'p50', align: 'right', cell: ([, { p50Ms }]) => `${Math.round(p50Ms)} ms` },
      { title: 'p99', align: 'right', cell: ([, { p99Ms }]) => `${Math.round(p99Ms)} ms` },
      { title: 'of', align: 'right', cell: ([, { refreshes }]) => String(refreshes) },
    ],
    rows,
  );
}

function formatSizes(rows: readonly (readonly [what: string, size: HistorySize])[]): string {
  return renderTable(
    [
      { title: 'history of one', cell: ([what]) => what },
      { title: 'events', align: 'right', cell: ([, { events }]) => String(events) },
      { title: 'bytes', align: 'right', cell: ([, { bytes }]) => String(bytes) },
    ],
    rows,
  );
}

function formatMemory({ before, after, rssBytesPerRun, heapBytesPerRun }: MemoryFigures): string {
  const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;
  const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`;
  return renderTable<readonly [runs: string, heap: string, resident: string]>(
    [
      { title: 'worker, runs asleep in its cache', cell: ([runs]) => runs },
      { title: 'V8 heaps in use', align: 'right', cell: ([, heap]) => heap },
      { title: 'resident', align: 'right', cell: ([, , resident]) => resident },
    ],
    [
      [String(before.cachedRuns), megabytes(before.heapBytes), megabytes(before.rssBytes)],
      [String(after.cachedRuns), megabytes(after.heapBytes), megabytes(after.rssBytes)],
      ['one more', kilobytes(heapBytesPerRun), kilobytes(rssBytesPerRun)],
    ],
  );
}

function formatRatios(ratios: readonly Ratio[]): string {
  return renderTable<Ratio>(
    [
      { title: 'ratios', cell: ({ of, to }) => `${of} : ${to}` },
      { title: 'by', cell: ({ by }) => by },
      { title: 'ratio', align: 'right', cell: ({ ratio }) => ratio.toFixed(2) },
    ],
    ratios,
  );
}
