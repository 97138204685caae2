import { createServer } from 'node:net';

// Prints as many ports of 127.0.0.1 as it is asked for that nobody listens at: below those that systems give out by
// themselves, since Temporal keeps its members' ports in PostgreSQL's smallint, of at most 32,767.

const LOWEST = 20_000;
const HIGHEST = 32_000;

const servers = new Map();
while (servers.size < Number(process.argv[2])) {
  const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
  const server = createServer();
  const isFree = await new Promise((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (isFree) servers.set(port, server);
}
console.log([...servers.keys()].join(' '));
for (const server of servers.values()) server.close();
