import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { errorMessage } from '../../lib/error-message';
import { UsageError } from './usage-error';

/**
 * Adds what `.env`, or the file named, sets and the environment does not, as Node's `--env-file` does. A `.env` that is
 * not there is no error.
 * @throws UsageError when a file that was named cannot be read
 */
export function loadEnvFile(env: NodeJS.ProcessEnv, named?: string): void {
  const file = named ?? '.env';
  if (named === undefined && !existsSync(file)) return;
  try {
    for (const [name, value] of Object.entries(parseEnv(readFileSync(file, 'utf8')))) env[name] ??= value;
  } catch (error) {
    throw new UsageError(
      `--env-file: expected a file of lines such as NAME=value, received ${file}: ${errorMessage(error)}. ` +
        `Check the path: it is looked for in ${process.cwd()}.`,
      { cause: error },
    );
  }
}
