import { z } from 'zod';
import type { RefreshHandle } from '../../client';
import { API_PROBLEMS, jsonAnswer, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import { connectionPath, refreshLocation } from '../schemas/path-params';
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
  const { refreshes, maxCharges, metrics, waits, limits } = deps;
  app.route({
    method: 'POST',
    url: '/v1/connections/:connectionId/refreshes',
    schema: {
      operationId: 'startRefresh',
      tags: [TAGS.refreshes],
      summary: 'Ask for fresh data of a connection',
      description:
        'Starts a refresh, or joins the one that is open: asking twice never pays twice. Answers at once with 202; ' +
        '`Prefer: wait=N` holds the answer up to N seconds and makes it 200 when the refresh has ended by then.',
      security: [{ apiKey: [] }],
      params: connectionPath,
      headers: z.looseObject({
        prefer: z
          .string()
          .meta({
            description: `\`wait=N\`: hold the answer up to N seconds, at most ${limits.maxWaitSeconds} (RFC 7240).`,
            examples: ['wait=20'],
          })
          .exactOptional(),
      }),
      body: makeRefreshBody(deps),
      response: {
        200: jsonAnswer('The refresh ended within the time given by `Prefer: wait`.', startedRefresh),
        202: jsonAnswer('The refresh goes on; `Location` says where to read it.', startedRefresh),
        ...problemAnswers(
          ...API_PROBLEMS,
          'payload-too-large',
          'unsupported-media-type',
          'product-not-available',
          'refresh-contended',
        ),
      },
    },
    handler: async (request, reply) => {
      const { connectionId } = request.params;
      const { body } = request;
      const handle = await refreshes.refresh({
        ...body,
        connectionId,
        ...(body.maxCharges === undefined ? {} : { maxCharges: Math.min(body.maxCharges, maxCharges) }),
      });
      metrics.refreshAsked(handle.disposition);
      reply.header('location', refreshLocation(handle));

      const preferred = preferWaitSeconds(request.headers.prefer);
      const seconds = Math.min(preferred ?? 0, limits.maxWaitSeconds);
      if (seconds > 0) {
        const { runId, disposition } = handle;
        const seen = await waits.hold(request.caller, reply, async (signal) => {
          const bounds = { runId, timeoutMs: seconds * 1_000, signal };
          const run = await refreshes.wait(connectionId, bounds).catch(() => null);
          return signal.aborted ? null : run;
        });
        if (seen !== 'refused' && seen !== null) {
          reply.header('preference-applied', `wait=${seconds}`);
          const { result } = seen;
          const own = result === undefined ? seen : { ...seen, result: handle.forCaller(result) };
          const answer: StartedRefresh = { refresh: toRefresh(own), disposition };
          return reply.code(seen.state === 'running' ? 202 : 200).send(answer);
        }
      }
      return reply.code(202).send(await atOnce(handle));
    },
  });
}

/** The run is there whatever happens now: a read that fails must not turn the answer into an error. */
async function atOnce(handle: RefreshHandle): Promise<StartedRefresh> {
  const { connectionId, runId, disposition } = handle;
  const unseen = { connectionId, runId, state: 'running', progress: null } as const;
  if (disposition === 'started') return { refresh: unseen, disposition };
  const seen = await handle.progress().catch(() => null);
  return { refresh: seen === null ? unseen : toRefresh(seen), disposition };
}
