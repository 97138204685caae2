import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppDeps } from '../app-deps';
import { refreshedProducts } from '../../state/connection-spec';
import { MeldError, parseInput } from '../../meld-error';
import type { RefreshReply } from '../../calls/refresh';
import { cut, garble, gatewayTimeout, neverAnswer } from './broken-answers';

const params = z.object({ connectionId: z.string() });
/** No products, an empty list and no body at all mean the same: all of them. */
const body = z
  .object({ products: refreshedProducts.nullish() })
  .nullish()
  .transform((input) => (input?.products?.length ? input.products : null));

/** POST a refresh: the charged call. Every one of them is a line in the ledger. */
export function refreshRoute(app: FastifyInstance, { meld }: AppDeps): void {
  app.post('/bank-linking/connections/:connectionId/refresh', async (request, reply) => {
    const { connectionId } = parseInput(params, request.params);
    const wanted = body.safeParse(request.body);
    const products = wanted.success ? wanted.data : null;
    const line = meld.ledger.open({ connectionId, products, requestId: request.id });
    const gone = (): boolean => request.raw.socket.destroyed;

    let answer: RefreshReply;
    try {
      parseInput(body, request.body);
      answer = await meld.refresh({ connectionId, products, line });
    } catch (error) {
      if (gone()) line.lost();
      else line.answered(error instanceof MeldError ? error.status : 500);
      throw error;
    }
    const answered = answer.reply === 'accepted' || answer.reply === 'garbled';
    if (answered && !gone()) line.answered(200);
    else line.lost();
    switch (answer.reply) {
      case 'accepted':
        return answer.body;
      case 'garbled':
        return garble(reply);
      case 'hold':
        return neverAnswer(reply);
      case 'cut':
        return cut(reply);
      case 'gateway':
        return gatewayTimeout(reply);
    }
  });
}
