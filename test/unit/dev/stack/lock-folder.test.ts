import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lockFolder } from '../../../../src/dev/stack/lock-folder';
import { findPreferredPorts } from '../../../../src/dev/stack/ports';
import { freePort } from '../../../../src/dev/free-port';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'lock-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a folder is locked by one process at a time', async () => {
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`Another stack runs on the state in ${folder}`);
  release();
  (await lockFolder(folder))();
});

test('the lock of a crashed process holds nobody up', async () => {
  const code = `require('net').createServer().listen(${JSON.stringify(path.join(folder, 'lock'))}, () => console.log('up'))`;
  const crashed = spawn(process.execPath, ['-e', code]);
  await once(crashed.stdout, 'data');
  await expect(lockFolder(folder)).rejects.toThrow('Another stack');
  crashed.kill('SIGKILL');
  await once(crashed, 'exit');
  (await lockFolder(folder))();
});

test('of the wanted ports those that are taken are named, and not had', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const wanted = { api: port, ui: await freePort(), temporal: await freePort(), simulator: await freePort() };
  const { api: _, ...others } = wanted;
  expect(await findPreferredPorts(wanted)).toEqual({ ports: others, taken: ['api'] });
  taken.close();
});
