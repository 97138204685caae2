import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { parseRequest } from '../../refresh/input/parse-request';
import type { CliIo } from '../cli-context';
import { errorMessage } from '../../lib/error-message';
import { UsageError } from './usage-error';

/**
 * The ids of a file, `-` being standard input: one a line, empty lines and `#` comments left out.
 * @throws UsageError when the file cannot be read
 */
export async function readIdFile(file: string, { stdin }: Pick<CliIo, 'stdin'>): Promise<readonly string[]> {
  try {
    return idsIn(file === '-' ? await text(Readable.from(stdin)) : await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--file: expected a file with one connection id a line: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

export function idsIn(content: string): readonly string[] {
  return content
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((id) => id !== '');
}

/** Each id once. @throws InvalidRequestError for the first that no connection can have. */
export function distinctIds(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].map((connectionId) => parseRequest({ connectionId }).connectionId);
}
