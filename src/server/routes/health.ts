import { z } from 'zod';
import { jsonAnswer, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import { ProblemError } from '../problems/problem';
import type { Api, RouteDeps } from '../server-deps';
import { withTimeout } from '../../lib/with-timeout';

const status = z.object({ status: z.literal('ok') });

/** `GET /healthz`: the process serves. `GET /readyz`: and Temporal answers it. */
export function healthRoutes(app: Api, { pingTemporal, limits }: RouteDeps): void {
  app.route({
    method: 'GET',
    url: '/healthz',
    schema: {
      operationId: 'getHealth',
      tags: [TAGS.operations],
      summary: 'Whether the process serves',
      security: [],
      response: { 200: jsonAnswer('It does.', status), ...problemAnswers('headers-too-large') },
    },
    handler: () => ({ status: 'ok' as const }),
  });

  const ping = shared(async () => {
    await withTimeout(limits.readinessTimeoutMs, pingTemporal(), () => {
      throw new Error(`no answer within ${limits.readinessTimeoutMs} ms`);
    });
  });
  app.route({
    method: 'GET',
    url: '/readyz',
    schema: {
      operationId: 'getReadiness',
      tags: [TAGS.operations],
      summary: 'Whether requests can be served: Temporal answers',
      security: [],
      response: {
        200: jsonAnswer('They can.', status),
        ...problemAnswers('headers-too-large', 'temporal-unavailable', 'shutting-down'),
      },
    },
    handler: async () => {
      await ping().catch((cause: unknown) => {
        throw new ProblemError('temporal-unavailable', 'Temporal does not answer.', { cause });
      });
      return { status: 'ok' as const };
    },
  });
}

/** One call at a time, however many ask: the route is open to everyone. */
function shared(call: () => Promise<void>): () => Promise<void> {
  let open: Promise<void> | null = null;
  return () => {
    open ??= call().finally(() => {
      open = null;
    });
    return open;
  };
}
