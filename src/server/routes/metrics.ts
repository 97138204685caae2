import { z } from 'zod';
import { problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import type { Api, RouteDeps } from '../server-deps';

/** `GET /metrics`, for Prometheus. Takes an API key: this port faces the internet for Meld's sake. */
export function metricsRoute(app: Api, { metrics }: RouteDeps): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      operationId: 'getMetrics',
      tags: [TAGS.operations],
      summary: 'This server’s metrics',
      description:
        'In the Prometheus text format. Let the scraper send an API key as its bearer credentials.',
      security: [{ apiKey: [] }],
      response: {
        200: { description: 'Prometheus text format.', content: { 'text/plain': { schema: z.string() } } },
        ...problemAnswers('unauthorized', 'headers-too-large', 'internal', 'shutting-down'),
      },
    },
    handler: async (_request, reply) => {
      const text = await metrics.registry.metrics();
      return reply.type(metrics.registry.contentType).serializer(String).send(text);
    },
  });
}
