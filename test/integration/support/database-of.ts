import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The postmaster's id, when `npm run test:postgres` has put Temporal on PostgreSQL: there is no UI then, and no file. */
const isOnPostgres = process.env['POSTGRES_PID'] !== undefined;

const hasUi = !isOnPostgres && process.env['ELSEWHERE'] === undefined;

/** For what asks the UI. */
export const testWithUi = hasUi ? test : test.skip; // skipped there alone: only the dev server has a UI

/** All that Temporal keeps of the stack in that folder, as it lies on the disk, uncompressed. */
export function databaseOf(folder: string): Buffer {
  const name = 'temporal.db';
  if (!isOnPostgres) {
    const files = readdirSync(folder).filter((file) => file.startsWith(name));
    return Buffer.concat(files.map((file) => readFileSync(path.join(folder, file))));
  }
  const ask = (database: string, query: string) =>
    execFileSync('psql', ['-qAt', '-d', database, '-c', query], { maxBuffer: 1e9 });
  // As scripts/postgres/temporal calls it.
  const [sum] = execFileSync('cksum', { input: `${path.join(folder, name)}\n`, encoding: 'utf8' }).split(' ');
  const tables = (database: string) =>
    ask(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
      .toString()
      .trim()
      .split('\n');
  return Buffer.concat(
    [`t${sum}`, `t${sum}_visibility`].flatMap((database) =>
      tables(database).map((table) => ask(database, `COPY ${table} TO STDOUT (FORMAT binary)`)),
    ),
  );
}
