import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Missing, findPostgres, findTemporalServer, findUser } from './programs.mjs';

// node scripts/postgres/run.mjs COMMAND…: runs a command for which every Temporal dev server is a Temporal server with PostgreSQL
// instead. PostgreSQL runs as long as the command does, in a folder that is gone afterwards. With TEMPORAL_ADDRESS each is a
// namespace of the Temporal that runs there, deleted afterwards.

/** Each server takes up to sixty, and tests run some side by side. */
const MAX_CONNECTIONS = '500';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const fromDist = createRequire(path.join(ROOT, 'dist/'));

async function main([command, ...args]) {
  const prepare = process.env.TEMPORAL_ADDRESS ? prepareElsewhere : startPostgres;
  const folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-postgres-'));
  let stop = () => {};
  try {
    stop = await prepare(folder);

    const child = spawn(command, args, { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    const [code] = await once(child, 'exit');
    return code ?? 1;
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes ours the Temporal CLI of what runs from now on; in `bin` of the folder it finds the real one. */
async function takeTemporalCli(folder) {
  const { resolveTemporalCli } = fromDist('./dev/temporal-server/temporal-cli.js');
  mkdirSync(path.join(folder, 'bin'));
  symlinkSync(await resolveTemporalCli(), path.join(folder, 'bin/temporal'));
  process.env.TEMPORAL_CLI_PATH = path.join(folder, 'temporal');
  symlinkSync(path.join(ROOT, 'scripts/postgres/temporal'), process.env.TEMPORAL_CLI_PATH);
}

/** @returns what stops it */
async function startPostgres(folder) {
  const postgres = findPostgres();
  const temporal = findTemporalServer();
  const user = findUser();
  const { startChild } = fromDist('./dev/child-process.js');
  const { freePort } = fromDist('./dev/free-port.js');
  const { startDevServer } = fromDist('./dev/temporal-server/dev-server.js');

  await takeTemporalCli(folder);
  const [data, bin, passwordFile] = ['data', 'bin', 'password'].map((name) => path.join(folder, name));
  const [port, password] = [String(await freePort()), randomBytes(16).toString('hex')];
  mkdirSync(data);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== null) {
    chmodSync(folder, 0o755);
    for (const file of [data, passwordFile]) chownSync(file, user.uid, user.gid);
  }
  symlinkSync(path.join(temporal, 'server'), path.join(bin, 'temporal-server'));
  symlinkSync(path.join(temporal, 'sql'), path.join(bin, 'temporal-sql-tool'));

  const asUser = user === null ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const run = (program, options) => {
    const line = [...asUser, path.join(postgres, program), '-D', data, ...options];
    return user === null ? { file: line[0], args: line.slice(1) } : { file: 'setpriv', args: line };
  };
  const init = run('initdb', ['-U', 'temporal', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]);
  execFileSync(init.file, init.args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const database = await startChild({
    ...run('postgres', ['-h', '127.0.0.1', '-p', port, '-k', data, '-N', MAX_CONNECTIONS]),
    env: process.env,
    logFile: path.join(folder, 'postgres.log'),
  });
  const stop = async () => {
    // At once: the sessions that are left are of servers that are gone.
    process.kill(database.pid, 'SIGQUIT');
    await database.exited;
  };
  Object.assign(process.env, {
    PATH: [bin, postgres, process.env.PATH].join(path.delimiter),
    ...{ PGHOST: '127.0.0.1', PGPORT: port, PGUSER: 'temporal', PGPASSWORD: password },
    ...{ SQL_HOST: '127.0.0.1', SQL_PORT: port, SQL_USER: 'temporal', SQL_PASSWORD: password },
    ...{ DB: 'postgres12_pgx', DB_PORT: port, POSTGRES_SEEDS: '127.0.0.1', POSTGRES_USER: 'temporal' },
    ...{ POSTGRES_PWD: password, NUM_HISTORY_SHARDS: '4' },
    POSTGRES_PID: String(database.pid),
  });
  try {
    execFileSync('sh', ['-c', 'until pg_isready -q; do sleep 0.1; done'], { timeout: 60_000 });
    // It tells of each statement; an error shows the end of that.
    execFileSync('sh', [path.join(ROOT, 'deploy/setup-database.sh')], { stdio: 'pipe', maxBuffer: 1e8 });
    // Each server's databases are copies of this one's, with namespace and search attributes.
    await (await startDevServer({ dbFile: 'temporal', ui: 'off' })).stop();
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** @returns what deletes the namespaces that the command has made */
async function prepareElsewhere(folder) {
  const { connectClient, loadTemporalTarget } = fromDist('./temporal/connect.js');
  const given = Object.entries(process.env).filter(
    ([name]) => name.startsWith('TEMPORAL_') && name !== 'TEMPORAL_CLI_PATH',
  );
  const upstream = await connectClient(loadTemporalTarget());
  for (const [name] of given) delete process.env[name];
  const namespaces = path.join(folder, 'namespaces');
  writeFileSync(namespaces, '');
  process.env.ELSEWHERE = JSON.stringify(Object.fromEntries(given));
  await takeTemporalCli(folder);
  return async () => {
    const made = new Set(readFileSync(namespaces, 'utf8').split('\n').filter(Boolean));
    // One that could not be made is not there.
    for (const namespace of made)
      await upstream.operatorService
        .deleteNamespace({ namespace })
        .catch((error) => console.error(error.message));
    await upstream.close();
  };
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Missing) && error.name !== 'SetupError') throw error;
  const what = process.env.TEMPORAL_ADDRESS ? 'That Temporal' : 'PostgreSQL';
  console.error(`${what} cannot be used: ${error.message}`);
  process.exitCode = 1;
}
