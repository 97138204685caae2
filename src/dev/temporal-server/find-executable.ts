import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';

/** Whether a file is there that may be run. Never throws. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** The first program of that name on a `PATH`; `null` when there is none. Never throws. */
export async function findOnPath(program: string, searchPath: string): Promise<string | null> {
  for (const folder of searchPath.split(path.delimiter)) {
    // An empty entry means the working folder, where nothing is run from by name alone.
    if (folder === '') continue;
    const file = path.join(folder, program);
    if (await isExecutable(file)) return file;
  }
  return null;
}
