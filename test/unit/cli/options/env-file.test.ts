import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadEnvFile } from '../../../../src/cli/options/env-file';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'env-file-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a file adds what the environment does not set', () => {
  const file = path.join(folder, 'some.env');
  writeFileSync(file, 'PORT=80\n# of ours\nHOST="a b"\n');
  const env = { PORT: '90' };
  loadEnvFile(env, file);
  expect(env).toEqual({ PORT: '90', HOST: 'a b' });
});

test('a file that was named and is not there is named', () => {
  expect(() => loadEnvFile({}, path.join(folder, 'none'))).toThrow(/^--env-file: expected a file .*ENOENT/);
});
