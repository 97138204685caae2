import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import path from 'node:path';
import { CORE, MUTANTS } from './core';
import { search, type Found } from './search';
import { REQUESTS } from './requests';

/** 10 minutes on two cores: the searches share them. */
const MINUTES = Number(process.env['MODEL_CHECK_MINUTES'] ?? 10);
const CORES = 2;
type Name = keyof typeof REQUESTS;
const HOOK = path.join(__dirname, '../unit/simulator/typescript-hook.cjs');

function searchInThread(name: Name, minutes: number): Promise<Found> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(__filename, {
      workerData: { name, minutes },
      execArgv: ['--require', HOOK],
      resourceLimits: { maxOldGenerationSizeMb: 3_072 },
    });
    thread.on('message', resolve);
    thread.on('error', reject);
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tell(name: string, { states, depth, isComplete, violation }: Found): void {
  const reached = isComplete ? `every run to its end (${depth})` : `all orders of ${depth} happenings`;
  say(`${name}: ${states.toLocaleString('en')} states, ${reached}, violations: ${violation ? 1 : 0}`);
  if (violation === null) return;
  say(`  ${violation.what}, after:`);
  for (const [index, happened] of violation.trace.entries()) say(`    ${index + 1}. ${happened}`);
}

async function main(): Promise<void> {
  const names = Object.keys(REQUESTS) as Name[];
  const minutesEach = (MINUTES * CORES) / names.length;
  const waiting = [...names];
  let violations = 0;
  const workThrough = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const found = await searchInThread(name, minutesEach);
      if (found.violation !== null) violations += 1;
      tell(name, found);
    }
  };
  await Promise.all(Array.from({ length: CORES }, workThrough));

  let missed = 0;
  for (const { name, core, request } of MUTANTS) {
    const found = search(core, REQUESTS[request], { maxDepth: 6, untilMs: Infinity });
    if (found.violation === null) missed += 1;
    tell(`mutant that ${name}`, found);
  }
  process.exitCode = violations + missed > 0 ? 1 : 0;
}

if (isMainThread) {
  void main();
} else {
  const { name, minutes } = workerData as { readonly name: Name; readonly minutes: number };
  parentPort?.postMessage(
    search(CORE, REQUESTS[name], { maxDepth: Infinity, untilMs: Date.now() + minutes * 60_000 }),
  );
}
