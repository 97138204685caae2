import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { PROBLEM_JSON, ProblemError, toProblemDocument } from '../problems/problem';
import { REQUEST_ID_HEADER } from './request-id';

/** Answers what Node could not even read as an HTTP request, with the same kind of problem as every other error. */
export function respondToUnreadableRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) {
    const requestId = randomUUID();
    const problem = problemOf(error.code);
    const body = JSON.stringify(toProblemDocument(problem, requestId));
    const head = [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      `Content-Type: ${PROBLEM_JSON}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `${REQUEST_ID_HEADER}: ${requestId}`,
      'Connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroySoon();
}

function problemOf(code: string | undefined): ProblemError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError('headers-too-large', 'Request line and headers may have 16 kB together.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError('request-timeout', 'Send the whole request at once.');
    default:
      return new ProblemError('malformed-http', 'Expected an HTTP/1.1 request.');
  }
}

/** Refuses what Node would refuse without a problem: a request without one host, and one that expects what nobody offers. */
export function refuseUnserved(app: FastifyInstance): void {
  const expecting = new WeakSet<object>();
  app.server.on('checkExpectation', (request, response) => {
    expecting.add(request);
    app.routing(request, response);
  });
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    // Of several, `headers` has the first, and a proxy may have read another (RFC 9112, 3.2).
    if (raw.httpVersion === '1.1' && hostCount(raw.rawHeaders) !== 1)
      done(new ProblemError('malformed-http', 'Expected one Host header.'));
    else if (expecting.has(raw))
      done(new ProblemError('expectation-failed', 'Expected no header Expect, or 100-continue in it.'));
    else done();
  });
}

const hostCount = (namesAndValues: readonly string[]): number =>
  namesAndValues.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
