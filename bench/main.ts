import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import prettier from 'prettier';
import { OperatorError, runMain } from '../src/lib/run-main';
import { shutdownSignal } from '../src/lib/shutdown-signal';
import { ruledTable } from '../src/dev/demo/ruled-table';
import { columnsOf, renderPage, showCell, type Figures, type Measured } from './page';
import type { Bench, Part, Tables } from './part';
import { measureCounts } from './parts/counts';
import { measureRefreshes } from './parts/refreshes';
import { measureReplay } from './parts/replay';
import { measureSleepers } from './parts/sleepers';
import { measureWebhooks } from './parts/webhooks';
import { renderPlots } from './plots';
import { openBenchStack, type BenchStack } from './stack';

const PARTS: Readonly<Record<string, Part>> = {
  refreshes: measureRefreshes,
  counts: measureCounts,
  sleepers: measureSleepers,
  webhooks: measureWebhooks,
  replay: measureReplay,
};
const COUNTS = { pairs: 10, block: 64, asleep: 10_000, deliveries: 2_000, rounds: 10 };

const FIGURES = path.join(__dirname, 'figures.json');
const DOCS = path.join(__dirname, '../docs/contributing');

async function main(): Promise<number> {
  const { only, save, settings } = readArguments();
  const stopped = new AbortController();
  void shutdownSignal().then(() => stopped.abort());
  const { signal } = stopped;
  const folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-bench-'));
  let opened: Promise<BenchStack> | undefined;
  const bench: Bench = {
    settings,
    folder,
    signal,
    // What is not part of the figures goes past a pipe.
    say: (what) => void process.stderr.write(`${what} …\n`),
    stack: () => (opened ??= openBenchStack({ folder, signal })),
  };
  const measured: Record<string, Measured> = {};
  try {
    for (const name of only) {
      const loadBefore = loadavg()[0] ?? 0;
      const tables = await PARTS[name]!(bench);
      measured[name] = {
        measuredAt: new Date().toISOString().slice(0, 16),
        loadBefore,
        machine: machine(),
        temporal: await opened!.then(({ temporal }) => serverVersion(temporal)),
        settings,
        tables,
      };
      process.stdout.write(`\n${name}\n\n${inWords(tables)}\n`);
    }
  } finally {
    await opened?.then((stack) => stack.close());
    rmSync(folder, { recursive: true, force: true });
  }
  if (save) await saveFigures(measured);
  return 0;
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: Object.keys(PARTS) },
      save: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
      pairs: { type: 'string' },
      block: { type: 'string' },
      asleep: { type: 'string' },
      deliveries: { type: 'string' },
      rounds: { type: 'string' },
    },
  });
  const unknown = values.only.filter((name) => !(name in PARTS));
  if (unknown.length > 0)
    throw new OperatorError(
      `--only: expected ${Object.keys(PARTS).join(', ')}, received ${unknown.join(', ')}`,
    );
  const count = (name: keyof typeof COUNTS): number => {
    const text = values[name] ?? String(COUNTS[name]);
    if (!/^\d{1,6}$/.test(text) || Number(text) < 2)
      throw new OperatorError(
        `--${name}: expected a whole number, 2 to 999999, received ${JSON.stringify(text)}`,
      );
    return Number(text);
  };
  const settings = {
    pairs: count('pairs'),
    block: count('block'),
    asleep: count('asleep'),
    deliveries: count('deliveries'),
    rounds: count('rounds'),
  };
  return { only: values.page ? [] : values.only, save: values.save || values.page, settings };
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  return `${availableParallelism()} cores (${model}), ${process.platform} ${process.arch}, Node.js ${process.version}`;
}

async function serverVersion({ workflowService }: BenchStack['temporal']): Promise<string> {
  return (await workflowService.getSystemInfo({})).serverVersion;
}

function inWords(tables: Tables): string {
  const texts = Object.entries(tables).map(([title, table]) => {
    const columns = columnsOf(table);
    return ruledTable(
      [
        { title, cell: ([row]) => row },
        ...columns.map((column) => ({
          title: column,
          align: 'right' as const,
          cell: ([, cells]: readonly [string, Tables[string][string]]) => showCell(cells[column]),
        })),
      ],
      Object.entries(table),
    );
  });
  return texts.join('\n\n');
}

/** The parts that were measured take the place of those of before; page and plots are made of all. */
async function saveFigures(measured: Readonly<Record<string, Measured>>): Promise<void> {
  const figures: Figures = { ...JSON.parse(readFileSync(FIGURES, 'utf8')), ...measured };
  const config = await prettier.resolveConfig(FIGURES);
  writeFileSync(FIGURES, await prettier.format(JSON.stringify(figures), { ...config, parser: 'json' }));
  mkdirSync(DOCS, { recursive: true });
  writeFileSync(path.join(DOCS, 'benchmark.md'), renderPage(figures));
  for (const [name, svg] of Object.entries(renderPlots(figures)))
    writeFileSync(path.join(DOCS, `${name}.svg`), svg);
}

runMain(main);
