import { z } from 'zod';
import { API_PROBLEMS, BODY_PROBLEMS, jsonAnswer, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import { connectionPath } from '../schemas/path-params';
import { ProblemError } from '../problems/problem';
import type { Api, RouteDeps } from '../server-deps';

const canceling = z.object({ connectionId: z.string(), cancel: z.literal('requested') });

/** `DELETE /v1/connections/{connectionId}/refreshes/latest`: asks the open refresh to stop. */
export function cancelRefreshRoute(app: Api, { refreshes }: RouteDeps): void {
  app.route({
    method: 'DELETE',
    url: '/v1/connections/:connectionId/refreshes/latest',
    schema: {
      operationId: 'cancelLatestRefresh',
      tags: [TAGS.refreshes],
      summary: 'Cancel the open refresh of a connection',
      description:
        'For everyone who asked for it. It stops waiting at once and ends `canceled`; a call that Meld has already ' +
        'accepted stays charged. 404 when no refresh is open.',
      security: [{ apiKey: [] }],
      params: connectionPath,
      response: {
        202: jsonAnswer('The refresh has been asked to stop.', canceling),
        ...problemAnswers(...API_PROBLEMS, ...BODY_PROBLEMS, 'refresh-not-found'),
      },
    },
    handler: async (request, reply) => {
      const { connectionId } = request.params;
      if ((await refreshes.cancel(connectionId)) === 'not_running') {
        throw new ProblemError('refresh-not-found', `No refresh of connection ${connectionId} is open.`);
      }
      return reply.code(202).send({ connectionId, cancel: 'requested' as const });
    },
  });
}
