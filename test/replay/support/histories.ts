import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';

export const HISTORIES = path.join(__dirname, '..', 'histories');

export const fileOf = (name: string): string => path.join(HISTORIES, `${name}.json`);

export function recordedNames(): readonly string[] {
  return readdirSync(HISTORIES).map((file) => path.basename(file, '.json'));
}

/** @throws when nobody recorded that path: run `npm run record-histories`. */
export function recordedHistory(name: string): ReturnType<typeof historyFromJSON> {
  return historyFromJSON(JSON.parse(readFileSync(fileOf(name), 'utf8')));
}
