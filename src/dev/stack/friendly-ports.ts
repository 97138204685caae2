import { createServer } from 'node:net';
import type { StackPorts } from './stack-options';

export const FRIENDLY_PORTS: StackPorts = { api: 8080, ui: 8233, temporal: 7233, simulator: 4010 };

export interface FriendlyPorts {
  /** Those of the wanted ones that are free. */
  readonly ports: Partial<StackPorts>;
  /** What the ports that are taken were wanted for. */
  readonly taken: readonly (keyof StackPorts)[];
}

/** Looks which of the wanted ports can be had on 127.0.0.1 at this moment. */
export async function findFriendlyPorts(wanted: StackPorts): Promise<FriendlyPorts> {
  const names = ['api', 'ui', 'temporal', 'simulator'] as const;
  const looks = await Promise.all(names.map(async (name) => ({ name, free: await isFree(wanted[name]) })));
  const taken = looks.filter(({ free }) => !free).map(({ name }) => name);
  const had = names.filter((name) => !taken.includes(name));
  return { ports: Object.fromEntries(had.map((name) => [name, wanted[name]])), taken };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
