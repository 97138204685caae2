import swaggerUi from '@fastify/swagger-ui';
import { z } from 'zod';
import { jsonAnswer, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import type { Api } from '../server-deps';

/** What the page may load and run: its own files alone. `data:` is for the arrows in its stylesheet. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `GET /openapi.json`; `GET /docs`, the same for people; and `GET /`, which leads there. */
export async function docsRoutes(app: Api): Promise<void> {
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
        200: jsonAnswer('OpenAPI 3.1.', z.looseObject({ openapi: z.string() })),
        ...problemAnswers('headers-too-large'),
      },
    },
    handler: () => ({ openapi: '3.1.0', ...app.swagger() }),
  });

  // The page of the library does not say that it fits narrow screens.
  app.addHook('onSend', (_request, reply, payload, done) => {
    const isPage =
      typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html');
    done(null, isPage ? payload.replace('<head>', `<head>${VIEWPORT}`) : payload);
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: 'meld-refresh: API reference', css: [{ filename: 'page.css', content: STYLE }] },
    uiConfig: {
      // Without the bar that loads other documents.
      layout: 'BaseLayout',
      defaultModelsExpandDepth: 0,
      syntaxHighlight: { theme: 'nord' },
    },
  });
}

const VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">';

/** Leaves out what says nothing here, and puts cells below each other where a table has no room. */
const STYLE = `
.swagger-ui :is(th, td).response-col_links, .swagger-ui .servers-title, .swagger-ui .servers { display: none !important; }
.swagger-ui .response-col_status { min-width: 4rem; font-weight: 700; }
.swagger-ui table tbody tr.response td { padding-top: 1rem; border-top: 1px solid rgb(59 65 81 / 20%); }
@media (max-width: 640px) {
  .swagger-ui .wrapper, .swagger-ui .opblock .opblock-section-header { padding: 0 0.75rem; }
  .swagger-ui .info { margin: 1.5rem 0; }
  .swagger-ui .scheme-container { padding: 0.75rem 0; }
  .swagger-ui .opblock-tag { flex-wrap: wrap; }
  .swagger-ui .opblock-tag small { flex-basis: 100%; order: 1; padding: 0; }
  .swagger-ui .parameters-container .table-container, .swagger-ui .responses-inner { padding: 0.75rem; }
  .swagger-ui table.parameters thead, .swagger-ui table.responses-table thead { display: none; }
  .swagger-ui :is(table.parameters, table.responses-table) :is(tbody, tr, td) { display: block; max-width: none; width: auto; }
  .swagger-ui :is(table.parameters, table.responses-table) > tbody > tr > td { padding-left: 0; }
  .swagger-ui table.responses-table tbody tr.response td + td { padding-top: 0; border-top: 0; }
  .swagger-ui .response-controls { flex-wrap: wrap; gap: 0.5rem; }
  .swagger-ui .parameters-col_description input { width: 100%; max-width: none; }
}
`;
