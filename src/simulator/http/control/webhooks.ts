import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppDeps } from '../app-deps';
import { emission } from '../../controls';
import { parseInput } from '../../meld-error';
import { webhookUrl } from '../../state/profiles';

const query = z.object({ connectionId: z.string().optional() });
const target = z.strictObject({
  url: webhookUrl,
  secret: z.string().min(1).max(200).optional(),
  deliverTo: webhookUrl.optional(),
});

/** Sending webhooks by hand, seeing what became of all of them, and where they go. */
export function controlWebhooks(app: FastifyInstance, { controls, setTarget }: AppDeps): void {
  app.post('/events', async (request, reply) => {
    const event = await controls.emit(parseInput(emission, request.body));
    return reply.status(201).send(event);
  });
  app.get('/deliveries', (request) => ({
    deliveries: controls.deliveries(parseInput(query, request.query).connectionId),
  }));
  app.put('/webhook-target', (request, reply) => {
    const { url, secret, deliverTo } = parseInput(target, request.body);
    setTarget({
      url,
      ...(secret !== undefined && { secret }),
      ...(deliverTo !== undefined && { deliverTo }),
    });
    return reply.status(204).send();
  });
}
