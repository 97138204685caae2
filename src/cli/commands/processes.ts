import { existsSync } from 'node:fs';
import { Module } from 'node:module';
import path from 'node:path';
import type { Command } from 'commander';
import { SetupError } from '../../temporal/setup-error';

/** By command: what it does, and its file in `dist/`. */
const PROGRAMS = {
  worker: ['run the worker, which carries refreshes out', 'worker.js'],
  server: ["run the HTTP API and the receiver of Meld's webhooks", 'server/main.js'],
  simulator: ['run the simulated Meld', 'simulator/main.js'],
  dev: ['run all of them, with a Temporal dev server and its UI, until interrupted', 'dev/stack/main.js'],
} as const;

/** The long-running programs, each configured by the environment alone. */
export function addProcesses(program: Command): void {
  for (const [name, [description, file]] of Object.entries(PROGRAMS)) {
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
