import { isGrpcServiceError } from '@temporalio/client';
import type { Connection } from '@temporalio/client';
import type { Command } from 'commander';
import { checkTemporal } from '../../temporal/check-temporal';
import { cannotReach, loadTemporalTarget } from '../../temporal/connect';
import type { TemporalTarget } from '../../temporal/connect';
import { reasonOf } from '../../lib/reason-of';
import { SetupError } from '../../temporal/setup-error';
import type { CliContext } from '../cli-context';
import { connectCli } from '../connect/connect-cli';
import { checkLines } from '../doctor/check-result';
import type { Output } from '../terminal/output';
import { registerSearchAttributes } from '../../temporal/register-search-attributes';
import { checkServerVersion } from '../doctor/check-server-version';

const ASK_WITHIN_MS = 10_000;

export function addSetup(program: Command, { io, output }: CliContext): void {
  program
    .command('setup')
    .description('make the search attributes in the Temporal namespace, and check namespace and versions')
    .action(async () => {
      const target = loadTemporalTarget(io.env);
      const connection = await connectCli(target, io.env);
      try {
        await setUp(connection, target, output);
      } finally {
        await connection.close();
      }
    });
}

/** Doing it again changes nothing. */
async function setUp(connection: Connection, target: TemporalTarget, output: Output): Promise<void> {
  const { serverVersion } = await connection
    .withDeadline(Date.now() + ASK_WITHIN_MS, () => connection.workflowService.getSystemInfo({}))
    .catch((error: unknown) => {
      throw cannotReach(target, error);
    });
  for (const line of checkLines(checkServerVersion(serverVersion))) output.line(line);
  const made = await registered(connection, target);
  // A namespace that is not there, or an attribute of another type, is reported with the command that fixes it.
  await checkTemporal(connection, target);
  const text = made.length === 0 ? 'search attributes were there already' : `made ${made.join(', ')}`;
  output.line(`ok     namespace ${target.namespace}: ${text}`);
}

async function registered(connection: Connection, target: TemporalTarget): Promise<readonly string[]> {
  try {
    return await registerSearchAttributes(connection, target.namespace);
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    // The check knows better words, unless it finds nothing wrong.
    const check = await checkTemporal(connection, target);
    if (check.searchAttributes === 'present') return [];
    throw new SetupError(
      `Temporal does not let this user make search attributes: ${reasonOf(error)}. Make them as docs/cli.md says, setup.`,
      { cause: error },
    );
  }
}
