import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { completeRepair, repairedBy } from '../calls/repair';
import { parseInput } from '../meld-error';
import type { AppDeps } from './app';

const query = z.object({ connectToken: z.string() });

/** The page behind `widgetUrl`, where a person stands in for the customer. */
export function widgetRoutes(app: FastifyInstance, { meld }: AppDeps, done: () => void): void {
  const connectionOf = (request: FastifyRequest) =>
    repairedBy(meld, parseInput(query, request.query).connectToken);

  // The form has nothing to say but that its button was pressed.
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, parsed) => {
    payload.resume();
    parsed(null);
  });
  app.get('/widget', (request, reply) =>
    page(
      reply,
      `<h1>${text(connectionOf(request).institutionName)}</h1>` +
        '<p>The simulated bank asks its customer to log in again.</p>' +
        '<form method="post"><button>Repair</button></form>',
    ),
  );
  app.post('/widget', (request, reply) => {
    const connection = connectionOf(request);
    completeRepair(meld, connection);
    return page(
      reply,
      `<h1>${text(connection.institutionName)}</h1><p>Repaired. You may close this page.</p>`,
    );
  });
  done();
}

function page(reply: FastifyReply, body: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .send(
      '<!doctype html><html lang="en"><meta charset="utf-8"><title>Simulated repair</title>' +
        '<meta name="viewport" content="width=device-width"><style>body{font:16px system-ui;max-width:28rem;margin:4rem auto;' +
        'padding:0 1rem}button{font:inherit;padding:.5rem 1.5rem}</style>' +
        `<body>${body}</body></html>`,
    );
}

function text(value: string): string {
  return value.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
