import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import type { CliContext } from './cli-context';
import { addCancel } from './commands/cancel';
import { addDoctor } from './commands/doctor';
import { addList } from './commands/list';
import { addProcesses } from './commands/processes';
import { addRefresh } from './commands/refresh';
import { addRepair } from './commands/repair';
import { addSetup } from './commands/setup';
import { addStatus } from './commands/status';
import { EXIT_MEANINGS } from './exit-codes';

/** The command line with all its commands. */
export function makeProgram(context: CliContext): Command {
  const { stdout, stderr } = context.io;
  const program = new Command('meld-refresh')
    .description('Refreshes bank connections through Meld, on Temporal.')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
    .addHelpText('afterAll', `\n${exitCodesHelp()}`);
  for (const add of [addRefresh, addStatus, addList, addCancel, addRepair, addSetup, addDoctor]) {
    add(program, context);
  }
  addProcesses(program);
  return program;
}

function version(): string {
  const file = path.join(__dirname, '..', '..', 'package.json');
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}

function exitCodesHelp(): string {
  const lines = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return ['Exit codes (of many connections the highest counts):', ...lines].join('\n');
}
