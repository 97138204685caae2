import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { SetupError } from '../../temporal/setup-error';

/**
 * Locks a folder for this process with a socket in it: the lock ends with the process, however it ends.
 * @returns releases the lock
 * @throws SetupError when another process holds the lock
 */
export async function lockFolder(folder: string): Promise<() => void> {
  // Relative, since the path of a socket may have about 100 characters only.
  const socket = path.relative(process.cwd(), path.join(folder, 'lock'));
  let lock = await tryLock(socket);
  if (lock === null && !(await isHeld(socket))) {
    rmSync(socket, { force: true });
    lock = await tryLock(socket);
  }
  if (lock === null) {
    throw new SetupError(`Another stack runs on the state in ${folder}: stop that one first.`);
  }
  lock.unref();
  return () => lock.close();
}

function tryLock(socket: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(socket, () => resolve(server));
  });
}

function isHeld(socket: string): Promise<boolean> {
  const connection = connect(socket, () => connection.destroy());
  return once(connection, 'connect').then(
    () => true,
    () => false,
  );
}
