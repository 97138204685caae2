import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RefreshNotFoundError } from '../../client';
import { API_PROBLEMS, jsonAnswer, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import { connectionPath, runPath } from '../schemas/path-params';
import { strictQuery, wholeNumber } from '../schemas/strict-query';
import { ProblemError } from '../problems/problem';
import { refresh, toRefresh } from '../schemas/refresh-response';
import type { Api, RouteDeps } from '../server-deps';

const answer = z.object({ refresh });

interface ReadRun {
  readonly connectionId: string;
  readonly runId?: string;
  readonly wait?: number;
}

/** `GET /v1/connections/{connectionId}/refreshes/latest` and `…/{runId}`, both with `?wait=N`. */
export function getRefreshRoutes(app: Api, deps: RouteDeps): void {
  const query = strictQuery({
    wait: wholeNumber(0, deps.limits.maxWaitSeconds, 'whole seconds')
      .meta({ description: 'Seconds to hold the answer while the run goes on.' })
      .exactOptional(),
  });
  const shared = {
    tags: [TAGS.refreshes],
    security: [{ apiKey: [] }],
    querystring: query,
    response: {
      200: jsonAnswer('The run as it is now.', answer),
      ...problemAnswers(...API_PROBLEMS, 'refresh-not-found', 'too-many-waits'),
    },
  };

  app.route({
    method: 'GET',
    url: '/v1/connections/:connectionId/refreshes/latest',
    schema: {
      ...shared,
      operationId: 'getLatestRefresh',
      summary: 'Read the latest refresh of a connection',
      description:
        'Needs no worker to be alive. With `wait` it answers when the run ends, or when the time is over.',
      params: connectionPath,
    },
    handler: (request, reply) => readRun(deps, { ...request.params, ...request.query }, request, reply),
  });

  app.route({
    method: 'GET',
    url: '/v1/connections/:connectionId/refreshes/:runId',
    schema: {
      ...shared,
      operationId: 'getRefresh',
      summary: 'Read one run of a connection’s refresh',
      description:
        'As for the latest, for a run whose id is known: the `Location` of the answer that started it.',
      params: runPath,
    },
    handler: (request, reply) => readRun(deps, { ...request.params, ...request.query }, request, reply),
  });
}

async function readRun(
  { refreshes, longPolls }: RouteDeps,
  { connectionId, runId, wait = 0 }: ReadRun,
  request: FastifyRequest,
  reply: Pick<FastifyReply, 'raw'>,
): Promise<z.output<typeof answer>> {
  const which = runId === undefined ? {} : { runId };
  const run =
    wait > 0
      ? await longPolls.hold(request.caller, reply, (signal) =>
          refreshes.wait(connectionId, { ...which, timeoutMs: wait * 1_000, signal }),
        )
      : await (runId === undefined
          ? refreshes.latest(connectionId)
          : refreshes.describe(connectionId, runId));
  if (run === 'refused') {
    throw new ProblemError('too-many-waits', 'Ask without wait, or let other waiting requests end first.');
  }
  if (run === null) throw new RefreshNotFoundError(connectionId, runId);
  request.runId = run.runId;
  return { refresh: toRefresh(run) };
}
