import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, as far as limits and logs need it: `key-1` for the first configured key, `open` when there is none. */
    caller: string;
  }
}

/** The `caller` of a server without API keys, which config only allows on loopback. */
const OPEN = 'open';

const BEARER = /^bearer +([^\s]+) *$/i;

/** An `onRequest` hook that lets only holders of an API key pass and names them in `request.caller`. */
export function makeAuthenticate(apiKeys: readonly string[]) {
  const digests = apiKeys.map(sha256);
  return (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void => {
    if (apiKeys.length === 0) {
      request.caller = OPEN;
      done();
      return;
    }
    const presented = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (presented === undefined) {
      done(new ProblemError('unauthorized', 'Send the header “Authorization: Bearer <API key>”.'));
      return;
    }
    const digest = sha256(presented);
    // Digests have one length, and every one is compared: neither length nor position of a key shows in the time.
    const matches = digests.map((known) => timingSafeEqual(known, digest));
    if (!matches.includes(true)) {
      done(new ProblemError('unauthorized', 'The API key is not one of the configured ones.'));
      return;
    }
    request.caller = `key-${matches.lastIndexOf(true) + 1}`;
    done();
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
