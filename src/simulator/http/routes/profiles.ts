import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppDeps } from '../app-deps';
import { parseInput } from '../../meld-error';
import type { Profile } from '../../state/profiles';

const params = z.object({ id: z.string() });

/** The webhook profiles API. Its answers hold the signing secret, as Meld's do. */
export function profileRoutes(app: FastifyInstance, { meld }: AppDeps): void {
  const { profiles } = meld;

  app.post('/notifications/webhooks', (request) => show(profiles.create(request.body)));
  app.get('/notifications/webhooks', () => ({ webhooks: profiles.all().map(show) }));
  app.get('/notifications/webhooks/:id', (request) =>
    show(profiles.get(parseInput(params, request.params).id)),
  );
  app.patch('/notifications/webhooks/:id', (request) =>
    show(profiles.change(parseInput(params, request.params).id, request.body)),
  );
}

function show({ id, name, url, eventTypes, eventVersion, secret }: Profile) {
  return { id, name, url, eventTypes, eventVersion, secret };
}
