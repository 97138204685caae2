import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { codeOf, REQUIRED_SEARCH_ATTRIBUTES, TYPES } from './check-temporal';

const INVALID_ARGUMENT = 3;
/** gRPC status code: another setup was quicker. */
const ALREADY_EXISTS = 6;

const ASK_WITHIN_MS = 10_000;
/** 1 min: servers read their search attributes that rarely, and refuse a refresh until then. */
const KNOWN_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 200;

/**
 * Makes the search attributes that the namespace lacks, and waits until the server takes them.
 * @returns the names of those that were made
 * @throws the SDK's errors, a refusal where an account may not do this (Temporal Cloud) among them
 */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<readonly string[]> {
  const missing = await missingFrom(connection, namespace);
  if (missing.length === 0) return [];
  const searchAttributes = Object.fromEntries(
    missing.map((name) => [name, TYPES.indexOf(REQUIRED_SEARCH_ATTRIBUTES.get(name) ?? '')]),
  );
  try {
    await connection.withDeadline(Date.now() + ASK_WITHIN_MS, () =>
      connection.operatorService.addSearchAttributes({ namespace, searchAttributes }),
    );
  } catch (error) {
    if (codeOf(error) !== ALREADY_EXISTS) throw error;
  }
  const untilMs = Date.now() + KNOWN_WITHIN_MS;
  while (!(await takesAll(connection, namespace)) && Date.now() < untilMs) await pause(LOOK_AGAIN_MS);
  return missing;
}

async function takesAll(connection: Connection, namespace: string): Promise<boolean> {
  const query = [...REQUIRED_SEARCH_ATTRIBUTES.keys()].map((name) => `${name} IS NULL`).join(' AND ');
  try {
    await connection.withDeadline(Date.now() + ASK_WITHIN_MS, () =>
      connection.workflowService.countWorkflowExecutions({ namespace, query }),
    );
    return true;
  } catch (error) {
    if (codeOf(error) !== INVALID_ARGUMENT) throw error;
    return false;
  }
}

async function missingFrom(connection: Connection, namespace: string): Promise<readonly string[]> {
  const { customAttributes } = await connection.withDeadline(Date.now() + ASK_WITHIN_MS, () =>
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  return [...REQUIRED_SEARCH_ATTRIBUTES.keys()].filter((name) => !(name in customAttributes));
}
