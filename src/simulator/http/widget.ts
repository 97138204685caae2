import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppDeps } from './app';
import { parseInput } from '../meld-error';

const query = z.object({ connectToken: z.string() });

/** The page behind `widgetUrl`, where a person stands in for the customer. */
export function widgetRoutes(app: FastifyInstance, { meld }: AppDeps): void {
  // The form has nothing to say but that its button was pressed.
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, done) => {
    payload.resume();
    done(null);
  });
  app.get('/widget', (request, reply) => {
    const { connectToken } = parseInput(query, request.query);
    const { institutionName } = meld.repairs.find(connectToken);
    return reply
      .type('text/html; charset=utf-8')
      .send(
        page(
          `<h1>${text(institutionName)}</h1>` +
            '<p>The simulated bank asks its customer to log in again.</p>' +
            '<form method="post"><button>Repair</button></form>',
        ),
      );
  });
  app.post('/widget', (request, reply) => {
    const { connectToken } = parseInput(query, request.query);
    const connection = meld.repairs.find(connectToken);
    meld.repairs.complete(connection);
    return reply
      .type('text/html; charset=utf-8')
      .send(page(`<h1>${text(connection.institutionName)}</h1><p>Repaired. You may close this page.</p>`));
  });
}

function page(body: string): string {
  return (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Simulated repair</title>' +
    '<meta name="viewport" content="width=device-width"><style>body{font:16px system-ui;max-width:28rem;margin:4rem auto;' +
    'padding:0 1rem}button{font:inherit;padding:.5rem 1.5rem}</style>' +
    `<body>${body}</body></html>`
  );
}

function text(value: string): string {
  return value.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
