import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { readConnection, viewConnection } from '../calls/read';
import { refreshConnection, type CallReply } from '../calls/refresh';
import { beginRepair } from '../calls/repair';
import { searchConnections, searchQuery } from '../calls/search';
import { MeldError, parseInput } from '../meld-error';
import { refreshedProducts } from '../state/connection-spec';
import type { Profile } from '../state/profiles';
import type { AppDeps, OfConnection } from './app';

interface OfProfile {
  Params: { id: string };
}

/** No products, an empty list and no body at all mean the same: all of them. */
const refreshBody = z
  .object({ products: refreshedProducts.nullish() })
  .nullish()
  .transform((input) => (input?.products?.length ? input.products : null));
const repairBody = z.object({ connectionId: z.string() });

/** Meld's endpoints, by the paths of its reference. */
export function meldApi(app: FastifyInstance, { meld, searchOrder }: AppDeps): void {
  const { connections, ledger, profiles } = meld;

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
    const end = (status: number, isHeard = true): void =>
      isHeard && !request.raw.socket.destroyed ? line.answered(status) : line.lost();
    let given: CallReply;
    try {
      parseInput(refreshBody, request.body);
      given = await refreshConnection(meld, { connectionId, products, line });
    } catch (error) {
      end(error instanceof MeldError ? error.status : 500);
      throw error;
    }
    end(200, given.reply === 'answered' || given.reply === 'garbled');
    return answer(reply, given);
  });

  // What the customer needs to repair the connection in the widget.
  app.post('/bank-linking/connect/repair', (request) => {
    const { connectionId } = parseInput(repairBody, request.body);
    return beginRepair(meld, connections.get(connectionId), `http://${request.host}`);
  });

  // Webhook profiles. The answers hold the signing secret, as Meld's do.
  app.post('/notifications/webhooks', (request) => show(profiles.create(request.body)));
  app.get('/notifications/webhooks', () => ({ webhooks: profiles.all().map(show) }));
  app.get<OfProfile>('/notifications/webhooks/:id', ({ params }) => show(profiles.get(params.id)));
  app.patch<OfProfile>('/notifications/webhooks/:id', ({ params, body }) =>
    show(profiles.change(params.id, body)),
  );
}

function show({ id, name, url, eventTypes, eventVersion, secret }: Profile) {
  return { id, name, url, eventTypes, eventVersion, secret };
}

type Broken = Exclude<CallReply['reply'], 'answered'>;

const BROKEN: Readonly<Record<Broken, (reply: FastifyReply) => FastifyReply>> = {
  /** The connection breaks without a byte of an answer. */
  cut: (reply) => {
    reply.hijack().raw.destroy();
    return reply;
  },
  /** The connection stays open, and nothing ever comes. */
  hold: (reply) => reply.hijack(),
  /** A proxy's own page in place of Meld's answer. */
  gateway: (reply) => reply.code(504).type('text/html').send('<html>504 Gateway Time-out</html>'),
  /** A 200 whose body is no JSON, as a gateway's page would be. */
  garbled: (reply) => reply.type('application/json').send('<html>Please stand by'),
};

/** Answers as the plan has it, or breaks off. */
function answer(reply: FastifyReply, given: CallReply): FastifyReply {
  return given.reply === 'answered' ? reply.send(given.body) : BROKEN[given.reply](reply);
}
