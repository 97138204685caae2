import { isGrpcServiceError, type Connection } from '@temporalio/client';
import type { Command } from 'commander';
import { reasonOf } from '../../lib/reason-of';
import { checkTemporal } from '../../temporal/check-temporal';
import type { TemporalTarget } from '../../temporal/connect';
import { registerSearchAttributes } from '../../temporal/register-search-attributes';
import { SetupError } from '../../temporal/setup-error';
import type { CliContext } from '../cli-context';
import { withTemporal } from '../connect';
import { check, checkLines, ok } from '../doctor/check-result';
import { checkVersion } from '../doctor/check-temporal-side';

export function addSetup(program: Command, { io, output }: CliContext): void {
  program
    .command('setup')
    .description('make the search attributes in the Temporal namespace, and check namespace and version')
    .action(() =>
      withTemporal(io.env, async (connection, target) => {
        const version = await checkVersion(connection);
        const made = await registered(connection, target);
        // A namespace that is not there, or an attribute of another type, is reported with the command that fixes it.
        await checkTemporal(connection, target);
        const text = made.length === 0 ? 'search attributes were there already' : `made ${made.join(', ')}`;
        const namespace = await check(`namespace ${target.namespace}`, () => ok(text));
        for (const result of [version, namespace]) for (const line of checkLines(result)) output.line(line);
      }),
    );
}

/** Doing it again changes nothing. */
function registered(connection: Connection, target: TemporalTarget): Promise<readonly string[]> {
  return registerSearchAttributes(connection, target.namespace).catch(async (error: unknown) => {
    if (!isGrpcServiceError(error)) throw error;
    // The check knows better words, unless it finds nothing wrong.
    const check = await checkTemporal(connection, target);
    if (check.searchAttributes === 'present') return [];
    throw new SetupError(
      `Temporal does not let this user make search attributes: ${reasonOf(error)}. Make them as docs/cli.md says, setup.`,
      { cause: error },
    );
  });
}
