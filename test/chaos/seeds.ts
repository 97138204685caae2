import { mkdirSync, writeFileSync } from 'node:fs';
import { playRound } from './round';
import { FULL } from './scales';
import type { Report } from './report';
import { formatReport, formatTotal } from './format-report';

/** 30 minutes: ten times what a round takes on a machine with nothing else to do. */
jest.setTimeout(1_800_000);

/** Seeds to play, separated by commas; default: one of this moment. */
const seeds = (process.env['CHAOS_SEEDS'] ?? String(Date.now() % 1_000_000)).split(',').map(Number);
const count = Number(process.env['CHAOS_REFRESHES'] ?? FULL.scenarios.count);

const reports: Report[] = [];
afterAll(() => {
  if (reports.length > 1) process.stdout.write(`\n${formatTotal(reports)}\n`);
});

test.each(seeds)('nothing is lost and nothing paid for twice without reason, seed %i', async (seed) => {
  // Fewer refreshes than a whole round has cannot be as many at once, nor end as often each way.
  const least = count < FULL.scenarios.count ? { openAtOnce: 0, atLeast: {} } : {};
  const report = await playRound(seed, { ...FULL, ...least, scenarios: { ...FULL.scenarios, count } });
  reports.push(report);
  mkdirSync('reports', { recursive: true });
  writeFileSync(`reports/chaos-${seed}.json`, `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`\n${formatReport(report)}\n`);
  expect(report.violations).toEqual([]);
});
