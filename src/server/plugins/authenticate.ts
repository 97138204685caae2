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

/**
 * Which of the configured keys a text is, found in time that does not depend on either.
 * @returns its position, or `null`. Never throws.
 */
function makeFindApiKey(apiKeys: readonly string[]): (presented: string) => number | null {
  const digests = apiKeys.map(sha256);
  return (presented) => {
    const digest = sha256(presented);
    let found: number | null = null;
    // Digests have one length, and every one is compared: neither length nor position of a key shows in the time.
    digests.forEach((known, position) => {
      if (timingSafeEqual(known, digest)) found = position;
    });
    return found;
  };
}

/** An `onRequest` hook that lets only holders of an API key pass and names them in `request.caller`. */
export function makeAuthenticate(apiKeys: readonly string[]) {
  const findApiKey = makeFindApiKey(apiKeys);
  return (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void => {
    if (apiKeys.length === 0) {
      request.caller = OPEN;
      done();
      return;
    }
    const presented = BEARER.exec(request.headers.authorization ?? '')?.[1];
    const position = presented === undefined ? null : findApiKey(presented);
    if (position === null) {
      done(new ProblemError('unauthorized', refusal(presented)));
      return;
    }
    request.caller = `key-${position + 1}`;
    done();
  };
}

function refusal(presented: string | undefined): string {
  return presented === undefined
    ? 'Send the header “Authorization: Bearer <API key>”.'
    : 'The API key is not one of the configured ones.';
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
