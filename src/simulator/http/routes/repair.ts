import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppDeps } from '../app-deps';
import { parseInput } from '../../meld-error';

const body = z.object({ connectionId: z.string() });

/** POST connect/repair: what the customer needs to repair the connection in the widget. */
export function repairRoute(app: FastifyInstance, { meld }: AppDeps): void {
  app.post('/bank-linking/connect/repair', (request) =>
    meld.repairs.begin(
      meld.connections.get(parseInput(body, request.body).connectionId),
      `http://${request.host}`,
    ),
  );
}
