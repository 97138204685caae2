import { z } from 'zod';
import type { ConnectionDisposition, CustomerConnection } from '../../client';
import type { MeldClient } from '../../meld/meld-client';
import { API_PROBLEMS, BODY_PROBLEMS, jsonAnswer, MELD_PROBLEMS, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import { customerPath, refreshHeaders } from '../schemas/path-params';
import { problemDocument, toProblemDocument } from '../problems/problem';
import { problemFromError } from '../problems/problem-from-error';
import { makeCustomerRefreshBody } from '../schemas/refresh-body';
import type { Api, RouteDeps } from '../server-deps';

const disposition = z
  .discriminatedUnion('disposition', [
    z.object({ connectionId: z.string(), disposition: z.enum(['started', 'joined']), runId: z.string() }),
    z.object({ connectionId: z.string(), disposition: z.literal('failed'), problem: problemDocument }),
    z.object({
      connectionId: z.string(),
      disposition: z.literal('skipped'),
      reason: z.string().meta({
        description:
          'A status that cannot be refreshed, or `INACTIVE_DUPLICATE`: refreshing it would make it the active one.',
        examples: ['INACTIVE_DUPLICATE', 'DELETED'],
      }),
      activeDuplicateConnectionId: z.string().exactOptional(),
    }),
  ])
  .meta({ id: 'ConnectionDisposition' });

const answer = z.object({
  customerId: z.string(),
  refreshes: z.array(disposition),
  unreadable: z
    .array(z.string())
    .meta({
      description:
        'What of Meld’s answer could not be read: connections of the customer may be missing. Left out when nothing is.',
    })
    .exactOptional(),
});

/** `POST /v1/customers/{customerId}/refreshes`: a refresh of each connection the customer has at Meld. */
export function refreshCustomerRoute(app: Api, deps: RouteDeps): void {
  const { refreshes, meld, metrics } = deps;
  app.route({
    method: 'POST',
    url: '/v1/customers/:customerId/refreshes',
    schema: {
      operationId: 'refreshCustomer',
      tags: [TAGS.refreshes],
      summary: 'Ask for fresh data of all connections of a customer',
      description:
        'Lists the customer’s connections at Meld and starts or joins a refresh of each. One that fails does not ' +
        'hold up the others and says why; one that cannot be refreshed, or should not, is skipped. 503 when none could be started because Temporal is away.',
      security: [{ apiKey: [] }],
      params: customerPath,
      headers: refreshHeaders,
      body: makeCustomerRefreshBody(deps),
      response: {
        202: jsonAnswer(
          'What became of the request for each connection; empty when the customer has none.',
          answer,
        ),
        ...problemAnswers(...API_PROBLEMS, ...BODY_PROBLEMS, ...MELD_PROBLEMS),
      },
    },
    handler: async (request, reply) => {
      const { customerId } = request.params;
      const { 'idempotency-key': idempotencyKey } = request.headers;
      const wishes = { ...request.body, ...(idempotencyKey !== undefined && { idempotencyKey }) };
      const unreadable: string[] = [];
      const dispositions = await refreshes.refreshCustomer(customerId, wishes, (customer) =>
        connectionsOf(meld, customer, (problem) => {
          unreadable.push(problem);
          request.log.warn(
            { event: 'meld_search_unreadable', customerId: customer, problem },
            'part of a search at Meld could not be read',
          );
        }),
      );
      for (const { disposition } of dispositions) metrics.refreshAsked(disposition);
      throwWhenTemporalIsAway(dispositions);
      return reply.code(202).send({
        customerId,
        refreshes: dispositions.map((one) => toDisposition(one, request.id)),
        ...(unreadable.length > 0 && { unreadable }),
      });
    },
  });
}

async function connectionsOf(
  meld: Pick<MeldClient, 'searchConnections'>,
  customerId: string,
  onUnreadable: (problem: string) => void,
): Promise<readonly CustomerConnection[]> {
  const found: CustomerConnection[] = [];
  for await (const connection of meld.searchConnections({ customerId }, onUnreadable)) found.push(connection);
  return found;
}

/** “Accepted” would be untrue when not one refresh was. */
function throwWhenTemporalIsAway(dispositions: readonly ConnectionDisposition[]): void {
  const [first] = dispositions;
  if (first?.disposition !== 'failed') return;
  const away = dispositions.every(
    (one) => one.disposition === 'failed' && problemFromError(one.error).kind === 'temporal-unavailable',
  );
  if (away) throw first.error;
}

function toDisposition(one: ConnectionDisposition, requestId: string): z.output<typeof disposition> {
  if (one.disposition !== 'failed') return one;
  const problem = toProblemDocument(problemFromError(one.error), requestId);
  return { connectionId: one.connectionId, disposition: 'failed', problem };
}
