import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppDeps } from '../app-deps';
import { connectionChange, connectionSpec } from '../../state/connection-spec';
import { aggregation } from '../../controls';
import { parseInput } from '../../meld-error';

const params = z.object({ connectionId: z.string() });
const creation = z.strictObject({ connections: z.array(z.unknown()).min(1).max(5_000) });

/** Creating, showing and changing connections, and what happens to them without a call. */
export function controlConnections(app: FastifyInstance, { controls }: AppDeps): void {
  const idOf = (input: unknown): string => parseInput(params, input).connectionId;

  app.post('/connections', (request, reply) => {
    const { connections } = parseInput(creation, request.body);
    const specs = parseInput(z.array(connectionSpec), connections);
    return reply.status(201).send({ connections: controls.createConnections(specs) });
  });
  app.get('/connections', () => ({ connections: controls.connections() }));
  app.get('/connections/:connectionId', (request) => controls.connection(idOf(request.params)));
  app.patch('/connections/:connectionId', (request) =>
    controls.updateConnection(idOf(request.params), parseInput(connectionChange, request.body)),
  );
  app.post('/connections/:connectionId/aggregate', async (request) => {
    const id = idOf(request.params);
    await controls.aggregate(id, parseInput(aggregation, request.body ?? {}));
    return controls.connection(id);
  });
  app.post('/connections/:connectionId/complete-repair', (request) =>
    controls.completeRepair(idOf(request.params)),
  );
}
