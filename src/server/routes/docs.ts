import { z } from 'zod';
import { problemAnswers } from '../schemas/responses';
import { renderDocsPage } from './docs-page';
import { TAGS } from '../schemas/openapi';
import type { Api } from '../server-deps';

/** `GET /openapi.json`; `GET /docs`, the same for people; and `GET /`, which leads there. */
export function docsRoutes(app: Api): void {
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));

  app.route({
    method: 'GET',
    url: '/openapi.json',
    schema: {
      operationId: 'getOpenapi',
      tags: [TAGS.operations],
      summary: 'This document',
      security: [],
      response: {
        200: {
          description: 'OpenAPI 3.1.',
          content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } },
        },
        ...problemAnswers('headers-too-large'),
      },
    },
    handler: () => ({ openapi: '3.1.0', ...app.swagger() }),
  });

  app.route({
    method: 'GET',
    url: '/docs',
    schema: {
      operationId: 'getDocs',
      tags: [TAGS.operations],
      summary: 'This document as a page',
      security: [],
      response: {
        200: { description: 'A page to read.', content: { 'text/html': { schema: z.string() } } },
        ...problemAnswers('headers-too-large'),
      },
    },
    handler: async (_request, reply) => {
      const { html, contentSecurityPolicy } = renderDocsPage(app.swagger());
      reply.header('content-security-policy', contentSecurityPolicy);
      return reply.type('text/html; charset=utf-8').serializer(String).send(html);
    },
  });
}
