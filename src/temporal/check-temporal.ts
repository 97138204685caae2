import { isGrpcServiceError, type ConnectionLike } from '@temporalio/client';
import { searchAttributes } from '../workflows/messages';
import { cannotReach, type TemporalTarget } from './connect';
import { SetupError } from './setup-error';

/** 10 s: both questions are answered from the server's memory. */
const CHECK_WITHIN_MS = 10_000;

/** gRPC status codes (grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const NOT_FOUND = 5;
const CANNOT_LIST: ReadonlySet<number> = new Set([7, 12, 16]); // PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED

/** `temporal.api.enums.v1.IndexedValueType`, in the words of Temporal's command line. */
export const TYPES = ['Unspecified', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'];
const CLI_TYPES = { KEYWORD: 'Keyword', DATETIME: 'Datetime' } as const;

/** The search attributes a refresh writes, by name, with their type as the CLI spells it. */
export const REQUIRED_SEARCH_ATTRIBUTES: ReadonlyMap<string, string> = new Map(
  Object.values(searchAttributes).map(({ name, type }) => [name, CLI_TYPES[type]]),
);

/**
 * Makes sure that the namespace and the search attributes are there, before a workflow fails for want of one.
 * @returns `unknown`: this server does not let us list them (Temporal Cloud may not); the rest is in order.
 * @throws SetupError with the command that fixes what is missing.
 */
export async function checkTemporal(
  connection: Pick<ConnectionLike, 'workflowService' | 'operatorService' | 'withDeadline'>,
  target: TemporalTarget,
): Promise<{ readonly searchAttributes: 'present' | 'unknown' }> {
  const { namespace } = target;
  return connection.withDeadline(Date.now() + CHECK_WITHIN_MS, async () => {
    try {
      await connection.workflowService.describeNamespace({ namespace });
    } catch (error) {
      if (codeOf(error) !== NOT_FOUND) throw cannotReach(target, error);
      throw new SetupError(
        `Temporal at ${target.address} has no namespace ${JSON.stringify(namespace)}. To create it: ` +
          command(target, 'namespace create'),
      );
    }
    const there = await listSearchAttributes(connection, target);
    if (there === null) return { searchAttributes: 'unknown' };
    refuseOtherTypes(there, target);
    refuseMissing(there, target);
    return { searchAttributes: 'present' };
  });
}

async function listSearchAttributes(
  { operatorService }: Pick<ConnectionLike, 'operatorService'>,
  target: TemporalTarget,
): Promise<ReadonlyMap<string, string> | null> {
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace: target.namespace });
    return new Map(
      Object.entries(customAttributes).map(([name, type]) => [name, TYPES[type] ?? String(type)]),
    );
  } catch (error) {
    const code = codeOf(error);
    if (code !== null && CANNOT_LIST.has(code)) return null;
    throw cannotReach(target, error);
  }
}

function refuseOtherTypes(there: ReadonlyMap<string, string>, target: TemporalTarget): void {
  for (const [name, expected] of REQUIRED_SEARCH_ATTRIBUTES) {
    const type = there.get(name) ?? expected;
    if (type === expected) continue;
    throw new SetupError(
      `The search attribute ${name} of namespace ${JSON.stringify(target.namespace)} has type ${type}, expected ` +
        `${expected}. To make it again: ${command(target, `search-attribute remove --name ${name}`)} && ` +
        command(target, `search-attribute create --name ${name} --type ${expected}`),
    );
  }
}

function refuseMissing(there: ReadonlyMap<string, string>, target: TemporalTarget): void {
  const missing = [...REQUIRED_SEARCH_ATTRIBUTES].filter(([name]) => !there.has(name));
  if (missing.length === 0) return;
  // One each: of several names in one command, server 1.32.0 creates the first and reports success.
  const commands = missing.map(([name, type]) =>
    command(target, `search-attribute create --name ${name} --type ${type}`),
  );
  throw new SetupError(
    `Namespace ${JSON.stringify(target.namespace)} of Temporal at ${target.address} lacks the search attributes ` +
      `${missing.map(([name]) => name).join(', ')}. To create them, "meld-refresh setup", or:\n${commands.join('\n')}`,
  );
}

function command({ address, namespace }: TemporalTarget, what: string): string {
  return `temporal operator ${what} --address ${address} --namespace ${namespace}`;
}

/** gRPC's status code of an error. */
export function codeOf(error: unknown): number | null {
  return isGrpcServiceError(error) ? error.code : null;
}
