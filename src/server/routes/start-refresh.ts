import { z } from 'zod';
import { RefreshNotFoundError, type RefreshDescription, type RefreshHandle } from '../../client';
import { asTold } from '../../client/answer-for-caller';
import { API_PROBLEMS, BODY_PROBLEMS, jsonAnswer, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import { connectionPath, refreshHeaders, refreshLocation } from '../schemas/path-params';
import { preferWaitSeconds } from '../long-polls';
import { refresh, toRefresh } from '../schemas/refresh-response';
import { makeRefreshBody } from '../schemas/refresh-body';
import type { Api, RouteDeps } from '../server-deps';

const startedRefresh = z
  .object({
    refresh,
    disposition: z.enum(['started', 'joined']).meta({
      description: '`joined`: a refresh of the connection was open, and now serves this request too.',
    }),
  })
  .meta({ id: 'StartedRefresh' });

type StartedRefresh = z.output<typeof startedRefresh>;

/** `POST /v1/connections/{connectionId}/refreshes`: starts a refresh or joins the one that is open. */
export function startRefreshRoute(app: Api, deps: RouteDeps): void {
  const { refreshes, metrics, longPolls, limits } = deps;
  app.route({
    method: 'POST',
    url: '/v1/connections/:connectionId/refreshes',
    schema: {
      operationId: 'startRefresh',
      tags: [TAGS.refreshes],
      summary: 'Ask for fresh data of a connection',
      description:
        'Starts a refresh, or joins the one that is open. Answers at once with 202; `Prefer: wait=N` holds the answer ' +
        'up to N seconds and makes it 200 when the refresh has ended by then. An `Idempotency-Key` makes it safe to ask ' +
        'again after a lost answer.',
      security: [{ apiKey: [] }],
      params: connectionPath,
      headers: refreshHeaders.extend({
        prefer: z
          .string()
          .meta({
            description: `\`wait=N\`: hold the answer up to N seconds, at most ${limits.maxWaitSeconds} (RFC 7240).`,
          })
          .exactOptional(),
      }),
      body: makeRefreshBody(deps),
      response: {
        200: jsonAnswer('The refresh ended within the time given by `Prefer: wait`.', startedRefresh),
        202: jsonAnswer('The refresh goes on; `Location` says where to read it.', startedRefresh),
        ...problemAnswers(
          ...API_PROBLEMS,
          ...BODY_PROBLEMS,
          'product-not-available',
          'idempotency-key-reused',
          'refresh-not-found',
          'refresh-contended',
          'refresh-stuck',
        ),
      },
    },
    handler: async (request, reply) => {
      const { connectionId } = request.params;
      const { body, headers } = request;
      const { 'idempotency-key': idempotencyKey } = headers;
      const handle = await refreshes.refresh({
        ...body,
        connectionId,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      });
      request.runId = handle.runId;
      metrics.refreshAsked(handle.disposition);
      reply.header('location', refreshLocation(handle));

      const preferred = preferWaitSeconds(headers.prefer);
      const seconds = Math.min(preferred ?? 0, limits.maxWaitSeconds);
      if (seconds > 0) {
        const { runId } = handle;
        const seen = await longPolls.hold(request.caller, reply, async (signal) => {
          const bounds = { runId, timeoutMs: seconds * 1_000, signal };
          const run = await refreshes.wait(connectionId, bounds).catch(() => null);
          return signal.aborted ? null : run;
        });
        if (seen !== 'refused' && seen !== null) {
          reply.header('preference-applied', `wait=${seconds}`);
          return reply.code(seen.state === 'running' ? 202 : 200).send(toAnswer(handle, seen));
        }
      }
      const answer = await atOnce(handle);
      // A request that has joined is accepted, also where its run has ended since; a repeated one may get an old end.
      const isRepeatedAfterEnd = idempotencyKey !== undefined && answer.refresh.state !== 'running';
      return reply.code(isRepeatedAfterEnd ? 200 : 202).send(answer);
    },
  });
}

/** The run is there whatever happens now: a read that fails must not turn the answer into an error. */
async function atOnce(handle: RefreshHandle): Promise<StartedRefresh> {
  const { connectionId, runId, disposition } = handle;
  const unseen = { connectionId, runId, state: 'running', progress: null } as const;
  if (disposition === 'started') return { refresh: unseen, disposition };
  const seen = await handle.progress().catch((error: unknown) => {
    // A repeated request whose run Temporal no longer keeps.
    if (error instanceof RefreshNotFoundError) throw error;
    return null;
  });
  return seen === null ? { refresh: unseen, disposition } : toAnswer(handle, seen);
}

function toAnswer(handle: RefreshHandle, seen: RefreshDescription): StartedRefresh {
  return { refresh: toRefresh(asTold(seen, handle)), disposition: handle.disposition };
}
