import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../problems/problem';

/** 10 min: how long a browser may remember that it may ask. */
const MAX_AGE_SECONDS = 600;

/**
 * Lets pages of these origins, and no others, call the routes of this scope from a browser (CORS). What sends no
 * `Origin` is no browser and passes. Comes before authentication, which preflights cannot pass.
 */
export function allowOrigins(
  app: FastifyInstance,
  origins: readonly string[],
  urls: readonly string[],
): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    reply.header('vary', 'origin');
    if (origin === undefined) return;
    if (!origins.includes(origin)) {
      throw new ProblemError('origin-not-allowed', 'Name the page’s origin in CODEC_CORS_ORIGIN.');
    }
    reply.header('access-control-allow-origin', origin);
    if (request.method !== 'OPTIONS') return;
    await reply
      .header('access-control-allow-methods', 'POST')
      .header('access-control-allow-headers', 'authorization, content-type, x-namespace')
      .header('access-control-max-age', MAX_AGE_SECONDS)
      .code(204)
      .send();
  });
  for (const url of urls) {
    app.options(url, { schema: { hide: true } }, (_request, reply) => reply.code(204).send());
  }
}
