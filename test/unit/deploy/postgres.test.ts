import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDevServer } from '../../../src/dev/temporal-server/dev-server';

const SCRIPTS = path.resolve('scripts/postgres');

let folder: string;
const configured = { ...process.env };
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'on-postgres-'));
  mkdirSync(path.join(folder, 'bin'));
});
afterEach(() => {
  process.env = { ...configured };
  rmSync(folder, { recursive: true, force: true });
});

function aProgram(name: string, lines: string): void {
  writeFileSync(path.join(folder, 'bin', name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
}

describe('a machine that lacks what tests on PostgreSQL need is told in one line', () => {
  const run = (env: NodeJS.ProcessEnv) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(SCRIPTS, 'run.mjs'), 'true'], {
      env: { HOME: folder, PATH: path.join(folder, 'bin'), POSTGRES_BIN: path.join(folder, 'bin'), ...env },
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  };

  test('that PostgreSQL is missing, and how to get it', () =>
    expect(run({})).toEqual({
      status: 1,
      said: expect.stringMatching(
        /^PostgreSQL cannot be used: no PostgreSQL, .*: apt-get install postgresql\n$/,
      ),
    }));

  test('that Temporal’s server is missing, and with what it is built', () => {
    aProgram('initdb', 'exit 1');
    expect(run({})).toEqual({
      status: 1,
      said: expect.stringMatching(
        /^PostgreSQL cannot be used: no Temporal server in .*, and no Go to build it: .*go install go\.temporal\.io\/server\/cmd\/server@v[\d.]+\n$/,
      ),
    });
  });
});

describe('Temporal’s command line on PostgreSQL', () => {
  beforeEach(() => {
    symlinkSync(path.join(SCRIPTS, 'temporal'), path.join(folder, 'temporal'));
    process.env['TEMPORAL_CLI_PATH'] = path.join(folder, 'temporal');
    process.env['PATH'] = `${path.join(folder, 'bin')}${path.delimiter}${configured['PATH']}`;
    aProgram('psql', '');
    aProgram('createdb', '');
  });

  test('takes every flag of the dev server, and starts Temporal’s own with a database and ports of its own', async () => {
    aProgram(
      'temporal-server',
      'echo "$@ $LOG_LEVEL $DBNAME ${VISIBILITY_DBNAME#$DBNAME}"; printenv | grep -c "_PORT=2\\|_PORT=3"; cat "$DYNAMIC_CONFIG_FILE_PATH"; exit 7',
    );
    const started = startDevServer({
      dbFile: path.join(folder, 'file.db'),
      logLevel: 'error',
      uiPort: 1,
      port: 2,
    });
    await expect(started).rejects.toThrow(
      /ended with code 7\. It wrote:\n--allow-no-auth start error t\d+ _visibility\n9\nhistory\.transferProcessorMaxPollRPS:\n {2}- value: 200\n/,
    );
  });

  test('refuses a flag that it does not know, which may matter to a test', () =>
    expect(startDevServer({ extraArgs: ['--no-such-flag'] })).rejects.toThrow(
      'unknown flag: --no-such-flag',
    ));

  test('refuses to serve when called by its own path, where what is temporary would stay', () =>
    expect(
      spawnSync(path.join(SCRIPTS, 'temporal'), ['server', 'start-dev'], { encoding: 'utf8' }),
    ).toMatchObject({ status: 1, stderr: expect.stringContaining('expected a link to it') }));

  test('leaves every other command to the real one', () => {
    aProgram('temporal', 'echo "real $*"');
    const { stdout } = spawnSync(path.join(folder, 'temporal'), ['operator', 'cluster', 'health'], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('real operator cluster health\n');
  });
});
