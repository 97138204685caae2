import { fork } from 'node:child_process';
import { CORE, MUTANTS } from './core';
import { search } from './search';
import type { Found } from './search';
import { SCENARIOS } from './world';

// npm run model-check [-- minutes]: one process for each scenario, as long as asked for.

const DEFAULT_MINUTES = 10;
/** 12 million: what a process of 8 GB holds. */
const MOST_STATES = 12_000_000;
const DEEPEST = 1_000;

interface Report {
  readonly name: string;
  readonly found: Found;
  readonly seconds: number;
}

function checkOne(index: number, minutes: number): Report {
  const scenario = SCENARIOS[index];
  if (scenario === undefined) throw new Error(`there is no scenario ${index}`);
  const startedMs = Date.now();
  const found = search(CORE, scenario, {
    depth: DEEPEST,
    states: MOST_STATES,
    untilMs: startedMs + minutes * 60_000,
  });
  return { name: scenario.name, found, seconds: Math.round((Date.now() - startedMs) / 1_000) };
}

function inOwnProcess(index: number, minutes: number): Promise<Report> {
  return new Promise((resolve, reject) => {
    const child = fork(__filename, [String(minutes), String(index)], {
      execArgv: [...process.execArgv, '--max-old-space-size=8192'],
    });
    child.once('message', (report) => resolve(report as Report));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the search ended with code ${code}`)));
  });
}

async function main(): Promise<void> {
  const [minutes = String(DEFAULT_MINUTES), index] = process.argv.slice(2);
  if (index !== undefined) {
    process.send?.(checkOne(Number(index), Number(minutes)));
    return;
  }
  let violations = 0;
  for (const { name, found, seconds } of await Promise.all(
    SCENARIOS.map((_, at) => inOwnProcess(at, Number(minutes))),
  )) {
    process.stdout.write(
      `${name}: ${found.states} states, all orders of ${found.depth} happenings, ${found.ends} ends, ${seconds} s\n`,
    );
    if (found.violation === null) continue;
    violations += 1;
    process.stdout.write(`  VIOLATION: ${found.violation.what}\n${lines(found.violation.trace)}`);
  }
  process.stdout.write(`violations: ${violations}\n\nplanted faults:\n`);
  for (const [name, mutant] of Object.entries(MUTANTS)) {
    const hits = SCENARIOS.map(
      (scenario) => search(mutant, scenario, { depth: 12, states: 400_000 }).violation,
    );
    const [hit] = hits.flatMap((one) => one ?? []).sort((a, b) => a.trace.length - b.trace.length);
    if (hit === undefined) violations += 1;
    process.stdout.write(
      hit ? `a core that ${name}: ${hit.what}\n${lines(hit.trace)}` : `a core that ${name}: NOT FOUND\n`,
    );
  }
  process.exitCode = violations === 0 ? 0 : 1;
}

function lines(trace: readonly string[]): string {
  return trace.map((by, at) => `  ${at}. ${by}\n`).join('');
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
