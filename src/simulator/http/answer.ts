import type { FastifyReply } from 'fastify';
import type { CallReply } from '../calls/refresh';

type Broken = Exclude<CallReply['reply'], 'answered'>;

const BROKEN: Readonly<Record<Broken, (reply: FastifyReply) => FastifyReply>> = {
  /** The connection breaks without a byte of an answer. */
  cut: (reply) => {
    reply.hijack().raw.destroy();
    return reply;
  },
  /** The connection stays open, and nothing ever comes. */
  hold: (reply) => reply.hijack(),
  /** A proxy's own page in place of Meld's answer. */
  gateway: (reply) => reply.code(504).type('text/html').send('<html>504 Gateway Time-out</html>'),
  /** A 200 whose body is no JSON, as a gateway's page would be. */
  garbled: (reply) => reply.type('application/json').send('<html>Please stand by'),
};

/** Answers as the plan has it, or breaks off. */
export function answer(reply: FastifyReply, given: CallReply): FastifyReply {
  return given.reply === 'answered' ? reply.send(given.body) : BROKEN[given.reply](reply);
}
