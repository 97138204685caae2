import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const REQUEST_ID_HEADER = 'x-request-id';

/** Short, and nothing that could break a log line, a header or a URN. */
const SANE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The caller's `x-request-id` when it is sane, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID();
}
