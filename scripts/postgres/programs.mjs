import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** Its message says in one line what is missing, and with which command it comes. */
export class Missing extends Error {}

/** As in docker-compose.yml. */
const VERSION = '1.32.0';
const DEBIAN = '/usr/lib/postgresql';

const { env } = process;
const searchPath = (env.PATH ?? '').split(path.delimiter);
const findOnPath = (program, folders = searchPath) =>
  folders.map((folder) => path.join(folder, program)).find((file) => existsSync(file));

/** The folder of PostgreSQL's programs: `POSTGRES_BIN`, else on PATH, else the newest of Debian's. */
export function findPostgres() {
  const releases = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = env.POSTGRES_BIN
    ? [env.POSTGRES_BIN]
    : [...searchPath, ...releases.map((release) => `${DEBIAN}/${release}/bin`)];
  const initdb = findOnPath('initdb', folders);
  if (initdb !== undefined) return path.dirname(initdb);
  throw new Missing(
    `no PostgreSQL, its initdb is not in ${env.POSTGRES_BIN || `PATH or ${DEBIAN}`}: apt-get install postgresql`,
  );
}

/** The folder of Temporal's own `server` and `sql`: built once, in some seven minutes on two cores. */
export function findTemporalServer() {
  const cache = env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  const folder = path.join(cache, 'meld-refresh', `temporal-server-${VERSION}`);
  for (const command of ['server', 'tools/sql']) {
    if (existsSync(path.join(folder, path.basename(command)))) continue;
    const module = `go.temporal.io/server/cmd/${command}@v${VERSION}`;
    if (findOnPath('go') === undefined)
      throw new Missing(
        `no Temporal server in ${folder}, and no Go to build it: with Go, GOBIN=${folder} go install ${module}`,
      );
    console.error(`Building ${module}, once: this takes some minutes.`);
    execFileSync('go', ['install', module], { env: { ...env, GOBIN: folder }, stdio: 'inherit' });
  }
  return folder;
}

/** Whom PostgreSQL runs as, since it refuses to run as root; `null`: as the user who runs this. */
export function findUser() {
  if (process.getuid?.() !== 0) return null;
  const name = ['postgres', 'nobody'].find((user) => idOf('-u', user) !== null);
  if (name === undefined || findOnPath('setpriv') === undefined)
    throw new Missing('no setpriv, and PostgreSQL does not run as root: apt-get install util-linux');
  return { uid: idOf('-u', name), gid: idOf('-g', name) };
}

function idOf(flag, user) {
  try {
    return Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return null;
  }
}
