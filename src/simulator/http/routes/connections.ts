import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppDeps } from '../app-deps';
import { parseInput } from '../../meld-error';
import { searchConnections, searchQuery } from '../../calls/search';
import { cut, garble } from './broken-answers';

const params = z.object({ connectionId: z.string() });

/** GET one connection, and the search for many. */
export function readRoutes(app: FastifyInstance, { meld, searchOrder }: AppDeps): void {
  app.get('/bank-linking/connections/:connectionId', (request, reply) => {
    const answer = meld.reader.read(parseInput(params, request.params).connectionId);
    if (answer.reply === 'cut') return cut(reply);
    if (answer.reply === 'garbled') return garble(reply);
    return answer.body;
  });

  app.get('/bank-linking/connections', (request) => {
    const query = parseInput(searchQuery, request.query);
    const page = searchConnections(meld.connections.all(), query, searchOrder);
    return { ...page, connections: page.connections.map(meld.reader.view) };
  });
}
