import { freePort } from '../free-port';
import type { StackPorts } from './stack-options';

/** The given ports, and free ones for the others. */
export async function choosePorts(given: Partial<StackPorts> = {}): Promise<StackPorts> {
  const [api, temporal, ui, simulator] = await Promise.all([
    given.api ?? freePort(),
    given.temporal ?? freePort(),
    given.ui ?? freePort(),
    given.simulator ?? freePort(),
  ]);
  return { api, temporal, ui, simulator };
}
