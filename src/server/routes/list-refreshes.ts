import { z } from 'zod';
import { REFRESH_STATES } from '../../client';
import { FILTER_CHECKS } from '../../client/visibility-query';
import { InvalidRequestError } from '../../refresh/input/invalid-request';
import { OUTCOMES } from '../../refresh/model/outcome';
import { asCore } from '../schemas/as-core';
import { connectionPath, meldId } from '../schemas/path-params';
import { API_PROBLEMS, jsonAnswer, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import { ProblemError } from '../problems/problem';
import { strictQuery, wholeNumber } from '../schemas/strict-query';
import { listedRefresh, toListedRefresh } from '../schemas/refresh-response';
import type { Api, RouteDeps } from '../server-deps';

const DEFAULT_LIMIT = 50;

const fields = {
  state: z
    .enum(REFRESH_STATES, { error: `expected one of ${REFRESH_STATES.join(', ')}` })
    .meta({ description: 'Only refreshes in that state.' })
    .exactOptional(),
  outcome: z
    .enum(OUTCOMES, { error: `expected one of ${OUTCOMES.join(', ')}` })
    .meta({ description: 'Only refreshes that ended so.' })
    .exactOptional(),
  customerId: meldId.meta({ description: 'Only refreshes of that customer’s connections.' }).exactOptional(),
  provider: asCore(FILTER_CHECKS.provider)
    .meta({ description: 'Only refreshes through that provider, such as `PLAID` or `MX`.' })
    .exactOptional(),
  connectionId: meldId.meta({ description: 'Only refreshes of that connection.' }).exactOptional(),
  since: asCore(FILTER_CHECKS.since)
    .meta({ description: 'Only refreshes that started at or after it.', format: 'date-time' })
    .exactOptional(),
  until: asCore(FILTER_CHECKS.until)
    .meta({ description: 'Only refreshes that started before it.', format: 'date-time' })
    .exactOptional(),
  limit: wholeNumber(1, 200)
    .meta({ description: `Refreshes per page, ${DEFAULT_LIMIT} by default.` })
    .exactOptional(),
  cursor: z
    .string()
    .min(1)
    .max(4_000)
    .meta({ description: '`nextCursor` of the page before, with the same filters.' })
    .exactOptional(),
};

const query = strictQuery(fields);
const { connectionId: _inPath, customerId: _whose, provider: _which, ...ofConnection } = fields;

const answer = z.object({
  refreshes: z.array(listedRefresh),
  nextCursor: z.string().meta({ description: 'Left out on the last page.' }).exactOptional(),
});

/** `GET /v1/refreshes` and `GET /v1/connections/{connectionId}/refreshes`: the newest first, page by page. */
export function listRefreshesRoutes(app: Api, deps: RouteDeps): void {
  const shared = {
    tags: [TAGS.refreshes],
    security: [{ apiKey: [] }],
    response: { 200: jsonAnswer('One page.', answer), ...problemAnswers(...API_PROBLEMS) },
  };
  app.route({
    method: 'GET',
    url: '/v1/refreshes',
    schema: {
      ...shared,
      operationId: 'listRefreshes',
      summary: 'List refreshes',
      description: 'Newest first, without their results. The list trails the refreshes by moments.',
      querystring: query,
    },
    handler: (request) => readPage(deps, request.query),
  });
  app.route({
    method: 'GET',
    url: '/v1/connections/:connectionId/refreshes',
    schema: {
      ...shared,
      operationId: 'listConnectionRefreshes',
      summary: 'List the refreshes of a connection',
      description:
        'Newest first, without their results: state, outcome, times, calls that may have been charged. Empty for a ' +
        'connection that was never refreshed, or whose refreshes are past Temporal’s retention.',
      params: connectionPath,
      querystring: strictQuery(ofConnection),
    },
    handler: (request) => readPage(deps, { ...request.query, ...request.params }),
  });
}

async function readPage(
  { refreshes }: RouteDeps,
  { limit = DEFAULT_LIMIT, cursor, ...filter }: z.output<typeof query>,
): Promise<z.output<typeof answer>> {
  const paging = { pageSize: limit, ...(cursor === undefined ? {} : { pageToken: cursor }) };
  const page = await refreshes.listPage(filter, paging).catch((error: unknown) => {
    throw error instanceof InvalidRequestError && error.field === 'pageToken' ? badCursor(error) : error;
  });
  return {
    refreshes: page.refreshes.map(toListedRefresh),
    ...(page.nextPageToken === undefined ? {} : { nextCursor: page.nextPageToken }),
  };
}

function badCursor(cause: unknown): ProblemError {
  const detail = 'expected a cursor as nextCursor gave it, with the same filters';
  const errors = [{ in: 'query', pointer: '/cursor', detail }] as const;
  return new ProblemError('invalid-request', `query/cursor: ${detail}.`, { errors, cause });
}
