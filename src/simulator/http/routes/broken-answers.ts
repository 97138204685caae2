import type { FastifyReply } from 'fastify';

/** The connection breaks without a byte of an answer. */
export function cut(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.destroy();
  return reply;
}

/** The connection stays open, and nothing ever comes. */
export function neverAnswer(reply: FastifyReply): FastifyReply {
  return reply.hijack();
}

/** A proxy's own page in place of Meld's answer. */
export function gatewayTimeout(reply: FastifyReply): FastifyReply {
  return reply.code(504).type('text/html').send('<html>504 Gateway Time-out</html>');
}

/** A 200 whose body is no JSON, as a gateway's page would be. */
export function garble(reply: FastifyReply): FastifyReply {
  return reply.type('application/json').send('<html>Please stand by');
}
