import { existsSync } from 'node:fs';
import { Module } from 'node:module';
import path from 'node:path';
import type { Command } from 'commander';
import { SetupError } from '../../temporal/setup-error';

interface Program {
  readonly name: string;
  readonly description: string;
  /** Its file in `dist/`. */
  readonly file: string;
}

const PROGRAMS: readonly Program[] = [
  { name: 'worker', description: 'run the worker, which carries refreshes out', file: 'worker.js' },
  {
    name: 'server',
    description: "run the HTTP API and the receiver of Meld's webhooks",
    file: 'server/main.js',
  },
  { name: 'simulator', description: 'run the simulated Meld', file: 'simulator/main.js' },
  {
    name: 'dev',
    description: 'run all of them, with a Temporal dev server and its UI, until interrupted',
    file: 'dev/stack/main.js',
  },
];

/** The long-running programs, each configured by the environment alone. */
export function addProcesses(program: Command): void {
  for (const { name, description, file } of PROGRAMS) {
    program
      .command(name)
      .description(description)
      .action(() => become(path.join(__dirname, '..', '..', file)));
  }
}

/** Goes on as that program: same process id, so that signals and the exit code are its own. */
function become(file: string): void {
  if (!existsSync(file)) throw new SetupError(`${file} is not there. To build it: npm run build`);
  process.argv.splice(1, process.argv.length - 1, file);
  Module.runMain();
}
