import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppDeps } from '../app-deps';
import { parseInput } from '../../meld-error';

const query = z.object({ connectionId: z.string().optional() });

/** The ledger, the reset, and a sign of life. */
export function controlWorld(app: FastifyInstance, { controls }: AppDeps): void {
  app.get('/health', () => ({ status: 'ok' }));
  app.get('/ledger', (request) => ({
    entries: controls.ledger(parseInput(query, request.query).connectionId),
  }));
  app.post('/reset', (_request, reply) => {
    controls.reset();
    return reply.status(204).send();
  });
}
