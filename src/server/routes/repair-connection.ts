import { z } from 'zod';
import { API_PROBLEMS, BODY_PROBLEMS, jsonAnswer, MELD_PROBLEMS, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import { connectionPath } from '../schemas/path-params';
import { problemFromMeld } from '../problems/problem-from-meld';
import type { Api, RouteDeps } from '../server-deps';

const repairLink = z
  .object({
    connectionId: z.string(),
    widgetUrl: z.string().meta({ description: 'Where to send the customer. A credential: do not log it.' }),
    connectToken: z.string().meta({ description: 'For Meld’s SDK. A credential: do not log it.' }),
  })
  .meta({ id: 'RepairLink' });

/** `POST /v1/connections/{connectionId}/repair`: Meld's credentials for the customer, straight through. */
export function repairConnectionRoute(app: Api, { meld }: RouteDeps): void {
  app.route({
    method: 'POST',
    url: '/v1/connections/:connectionId/repair',
    schema: {
      operationId: 'repairConnection',
      tags: [TAGS.repair],
      summary: 'Get the link with which the customer repairs a connection',
      description:
        'What to call when a refresh ended `repair_required`. The answer is stored and logged nowhere.',
      security: [{ apiKey: [] }],
      params: connectionPath,
      response: {
        200: jsonAnswer('For this customer, for now.', repairLink),
        ...problemAnswers(...API_PROBLEMS, ...BODY_PROBLEMS, ...MELD_PROBLEMS),
      },
    },
    handler: async (request) => {
      const { connectionId } = request.params;
      const answer = await meld.repair(connectionId);
      if (answer.reply !== 'ok') throw problemFromMeld(answer);
      const { widgetUrl, connectToken } = answer.value;
      return { connectionId, widgetUrl, connectToken };
    },
  });
}
