import { freePort, isFree } from '../free-port';
import type { StackPorts } from './stack-options';

export const PREFERRED_PORTS: StackPorts = { api: 8080, ui: 8233, temporal: 7233, simulator: 4010 };

/** The given ports, and free ones for the others. */
export async function choosePorts(given: Partial<StackPorts> = {}): Promise<StackPorts> {
  const [api, temporal, ui, simulator] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  return { api, temporal, ui, simulator, ...given };
}

/** Which of the preferred ports are free on 127.0.0.1 at this moment, and which are taken. */
export async function findPreferredPorts(
  preferred: StackPorts,
): Promise<{ readonly ports: Partial<StackPorts>; readonly taken: readonly (keyof StackPorts)[] }> {
  const names = Object.keys(preferred) as (keyof StackPorts)[];
  const free = await Promise.all(names.map((name) => isFree(preferred[name])));
  return {
    ports: Object.fromEntries(names.filter((_name, n) => free[n]).map((name) => [name, preferred[name]])),
    taken: names.filter((_name, n) => !free[n]),
  };
}
