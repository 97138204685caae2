import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { readConnection, viewConnection } from '../calls/read';
import { refreshConnection, type CallReply } from '../calls/refresh';
import { beginRepair } from '../calls/repair';
import { searchConnections, searchQuery } from '../calls/search';
import { MeldError, parseInput } from '../meld-error';
import { refreshedProducts } from '../state/connection-spec';
import { answer } from './answer';
import type { AppDeps, OfConnection } from './app';

/** No products, an empty list and no body at all mean the same: all of them. */
const refreshBody = z
  .object({ products: refreshedProducts.nullish() })
  .nullish()
  .transform((input) => (input?.products?.length ? input.products : null));
const repairBody = z.object({ connectionId: z.string() });

/** Meld's endpoints, by the paths of its reference. */
export function meldApi(app: FastifyInstance, { meld, searchOrder }: AppDeps): void {
  const { connections, ledger } = meld;

  app.get('/bank-linking/connections', (request) => {
    const page = searchConnections(connections.all(), parseInput(searchQuery, request.query), searchOrder);
    return { ...page, connections: page.connections.map((found) => viewConnection(meld, found)) };
  });
  app.get<OfConnection>('/bank-linking/connections/:connectionId', (request, reply) =>
    answer(reply, readConnection(meld, request.params.connectionId)),
  );

  // The charged call. Every one of them is a line in the ledger.
  app.post<OfConnection>('/bank-linking/connections/:connectionId/refresh', async (request, reply) => {
    const { connectionId } = request.params;
    const products = refreshBody.safeParse(request.body).data ?? null;
    const line = ledger.open({ connectionId, products, requestId: request.id });
    const gone = (): boolean => request.raw.socket.destroyed;

    let given: CallReply;
    try {
      parseInput(refreshBody, request.body);
      given = await refreshConnection(meld, { connectionId, products, line });
    } catch (error) {
      if (gone()) line.lost();
      else line.answered(error instanceof MeldError ? error.status : 500);
      throw error;
    }
    const isHeard = given.reply === 'answered' || given.reply === 'garbled';
    if (isHeard && !gone()) line.answered(200);
    else line.lost();
    return answer(reply, given);
  });

  // What the customer needs to repair the connection in the widget.
  app.post('/bank-linking/connect/repair', (request) => {
    const { connectionId } = parseInput(repairBody, request.body);
    return beginRepair(meld, connections.get(connectionId), `http://${request.host}`);
  });
}
