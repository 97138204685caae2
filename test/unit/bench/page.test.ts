import { readFileSync } from 'node:fs';
import path from 'node:path';
import { costsOnPage } from '../../../bench/costs-on-page';
import figures from '../../../bench/figures.json';
import { renderPage, showCell, type Figures } from '../../../bench/page';
import { renderPlots } from '../../../bench/plots';

const file = (name: string) => readFileSync(path.join(__dirname, '../../../docs/contributing', name), 'utf8');
const committed: Figures = figures;

test('the page is what the generator makes of the committed figures', () => {
  expect(file('benchmark.md')).toBe(renderPage(committed));
});

test('so are the plots', () => {
  const plots = Object.entries(renderPlots(committed));
  expect(plots.length).toBeGreaterThan(0);
  for (const [name, svg] of plots) expect(file(`${name}.svg`)).toBe(svg);
});

const cell = (value: number) => ({ value, from: value, to: value, samples: 2 });
const measured = (tables: Figures[string]['tables']): Figures[string] => ({
  measuredAt: '2026-03-01T12:00',
  loadBefore: 0.05,
  machine: '2 cores (A Processor)',
  temporal: '1.2.3',
  settings: { pairs: 10, block: 64, asleep: 100, deliveries: 200, rounds: 3 },
  tables,
});

test('a reach that was missed is said, with by how much', () => {
  const page = (ratio: number) =>
    renderPage({ refreshes: measured({ '32 at once': { 'by name': { 'rate : floor': cell(ratio) } } }) });
  expect(page(1.05)).toMatch(/\| throughput by name .*\| at least 1.05 \| 1.05 +\| yes +\|/);
  expect(page(0.84)).toMatch(/\| at least 1.05 \| 0.84 +\| missed by 20 %: /);
});

test('a reach whose figure is not there is named, and of the committed ones none is missing', () => {
  expect(renderPage({ refreshes: measured({}) })).toMatch(/\| throughput by name .*\| not measured +\|/);
  expect(file('benchmark.md')).not.toContain('not measured');
});

test('a path that costs more than docs/reliability.md says is named', () => {
  const [[path, { events }]] = Object.entries(costsOnPage()) as [[string, { events: number }]];
  const page = (more: number) =>
    renderPage({ counts: measured({ 'one refresh': { [path]: { events: cell(events + more) } } }) });
  expect(page(0)).toContain('All within');
  expect(page(1)).toContain(`${path}: events ${events + 1}, not ${events}`);
});

test('a figure has three digits, and its interval where there is one', () => {
  expect(showCell({ value: 12.345, from: 1.2345, to: 12_345.6, samples: 9 })).toBe('12.3 (1.23 to 12,346)');
  expect(showCell(cell(14))).toBe('14');
});
