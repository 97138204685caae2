import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import path from 'node:path';
import { SetupError } from '../../temporal/setup-error';

/**
 * Claims a folder for this process, by a socket in it: whatever ends the process, the claim ends with it.
 * @returns gives the folder free again
 * @throws SetupError when another process has claimed it
 */
export async function claimFolder(folder: string): Promise<() => void> {
  // Relative, since the path of a socket may have about 100 characters only.
  const socket = path.relative(process.cwd(), path.join(folder, 'claimed'));
  const claim = (await tryClaim(socket)) ?? ((await isHeld(socket)) ? null : await tryAgain(socket));
  if (claim === null) {
    throw new SetupError(`Another stack runs on the state in ${folder}: stop that one first.`);
  }
  claim.unref();
  return () => claim.close();
}

function tryAgain(socket: string): Promise<Server | null> {
  rmSync(socket, { force: true });
  return tryClaim(socket);
}

function tryClaim(socket: string): Promise<Server | null> {
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
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}
