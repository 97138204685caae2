import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_JSON, toProblemDocument } from '../problems/problem';
import { problemFromError } from '../problems/problem-from-error';
import { REQUEST_ID_HEADER } from './request-id';

/** Answers with the problem that stands for the error; what is our fault or Temporal's is logged with its cause. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemFromError(error);
  if (problem.status >= 500) {
    request.log[problem.kind === 'internal' ? 'error' : 'warn'](
      { event: 'request_failed', problem: problem.kind, err: problem.cause ?? problem },
      problem.detail,
    );
  }
  if (problem.kind === 'unauthorized') reply.raw.setHeader('www-authenticate', 'Bearer');
  if (problem.retryAfterSeconds !== undefined) {
    reply.raw.setHeader('retry-after', String(problem.retryAfterSeconds));
  }
  reply
    .code(problem.status)
    .header(REQUEST_ID_HEADER, request.id)
    .type(PROBLEM_JSON)
    .send(toProblemDocument(problem, request.id));
}
