import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import type { CliContext } from './cli-context';
import { addCancel } from './commands/cancel';
import { addComplete } from './commands/complete';
import { addDoctor } from './commands/doctor';
import { addList } from './commands/list';
import { addProcesses } from './commands/processes';
import { addRefresh } from './commands/refresh';
import { addRepair } from './commands/repair';
import { addSetup } from './commands/setup';
import { addSpend } from './commands/spend';
import { addStatus } from './commands/status';
import { loadEnvFile } from './options/env-file';
import { EXIT_MEANINGS } from './exit/exit-codes';

/** The command line with all its commands. */
export function makeProgram(context: CliContext): Command {
  const { stdout, stderr, env } = context.io;
  const program = new Command('meld-refresh')
    .description('Refreshes bank connections through Meld, on Temporal.')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
    .option('--address <host:port>', "Temporal's address, in place of TEMPORAL_ADDRESS")
    .option('--namespace <name>', "Temporal's namespace, in place of TEMPORAL_NAMESPACE")
    .option('--profile <name>', 'profile of the Temporal configuration file, in place of TEMPORAL_PROFILE')
    .option(
      '-e, --env-file <file>',
      'file with environment variables; default: .env, if it is there. Of one that is missing under its long name Node.js says so, with code 9',
    )
    .configureHelp({ showGlobalOptions: true })
    .hook('preAction', () => configure(env, program.opts<Record<string, string>>()));
  const commands = [addRefresh, addStatus, addList, addSpend, addCancel, addRepair, addSetup, addDoctor];
  for (const add of [...commands, addProcesses, addComplete]) add(program, context);
  program
    .command('exit-codes')
    .description('what the exit code of each command says')
    .addHelpText('after', `\n${exitCodesHelp()}`)
    .action(() => void stdout.write(`${exitCodesHelp()}\n`));
  return program;
}

/** Options count for more than the environment, and that for more than the file. */
function configure(env: NodeJS.ProcessEnv, { envFile, ...options }: Record<string, string>): void {
  loadEnvFile(env, envFile);
  for (const [name, value] of Object.entries(options)) env[`TEMPORAL_${name.toUpperCase()}`] = value;
}

function version(): string {
  const file = path.join(__dirname, '..', '..', 'package.json');
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}

function exitCodesHelp(): string {
  const lines = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return ['Exit codes (of many connections the highest counts):', ...lines].join('\n');
}
