import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { claimFolder } from '../../../../src/dev/stack/lock-folder';
import { findFriendlyPorts } from '../../../../src/dev/stack/friendly-ports';
import { freePort } from '../../../../src/dev/free-port';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'claim-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a folder is claimed by one at a time', async () => {
  const release = await claimFolder(folder);
  await expect(claimFolder(folder)).rejects.toThrow(`Another stack runs on the state in ${folder}`);
  release();
  (await claimFolder(folder))();
});

test('the claim of a process that crashed binds nobody', async () => {
  const code = `require('net').createServer().listen(${JSON.stringify(path.join(folder, 'claimed'))}, () => console.log('up'))`;
  const crashed = spawn(process.execPath, ['-e', code]);
  await once(crashed.stdout, 'data');
  await expect(claimFolder(folder)).rejects.toThrow('Another stack');
  crashed.kill('SIGKILL');
  await once(crashed, 'exit');
  (await claimFolder(folder))();
});

test('of the wanted ports those that are taken are named, and not had', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const wanted = { api: port, ui: await freePort(), temporal: await freePort(), simulator: await freePort() };
  const { api: _, ...others } = wanted;
  expect(await findFriendlyPorts(wanted)).toEqual({ ports: others, taken: ['api'] });
  taken.close();
});
