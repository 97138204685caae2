import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { aggregation, emission, holdPoint } from '../controls';
import { MeldError, parseInput } from '../meld-error';
import { connectionChange, connectionSpec } from '../state/connection-spec';
import type { Hold } from '../state/holds';
import { webhookUrl } from '../state/profiles';
import type { AppDeps } from './app';

interface OfConnection {
  Params: { connectionId: string };
}
interface OfHold {
  Params: { holdId: string };
}

const creation = z.strictObject({ connections: z.array(z.unknown()).min(1).max(5_000) });
const filter = z.object({ connectionId: z.string().optional() });
const holdBody = z.strictObject({ point: holdPoint.default('after_execution') }).prefault({});
/** Half a minute at most, so that no proxy loses patience before we do. */
const holdQuery = z.object({ waitMs: z.coerce.number().int().min(0).max(30_000).default(0) });
const webhookTarget = z.strictObject({
  url: webhookUrl,
  secret: z.string().min(1).max(200).exactOptional(),
  deliverTo: webhookUrl.exactOptional(),
});

/** `Controls` over HTTP, below `/_control/`. */
export function controlApi(app: FastifyInstance, { controls, meld, setWebhookTarget }: AppDeps): void {
  const findHold = (holdId: string): Hold => {
    const hold = meld.holds.find(holdId);
    if (!hold) throw new MeldError(404, 'There is no hold of that id.');
    return hold;
  };

  app.get('/health', () => ({ status: 'ok' }));
  app.post('/reset', (_request, reply) => {
    controls.reset();
    return reply.status(204).send();
  });

  app.post('/connections', (request, reply) => {
    const { connections } = parseInput(creation, request.body);
    const specs = parseInput(z.array(connectionSpec), connections);
    return reply.status(201).send({ connections: controls.createConnections(specs) });
  });
  app.get('/connections', () => ({ connections: controls.connections() }));
  app.get<OfConnection>('/connections/:connectionId', ({ params }) =>
    controls.connection(params.connectionId),
  );
  app.patch<OfConnection>('/connections/:connectionId', ({ params, body }) =>
    controls.updateConnection(params.connectionId, parseInput(connectionChange, body)),
  );
  app.post<OfConnection>('/connections/:connectionId/aggregate', async ({ params, body }) => {
    await controls.aggregate(params.connectionId, parseInput(aggregation, body ?? {}));
    return controls.connection(params.connectionId);
  });
  app.post<OfConnection>('/connections/:connectionId/complete-repair', ({ params }) =>
    controls.completeRepair(params.connectionId),
  );

  app.post<OfConnection>('/connections/:connectionId/holds', ({ params, body }, reply) => {
    const { point } = parseInput(holdBody, body ?? undefined);
    return reply.status(201).send(show(controls.hold(params.connectionId, point)));
  });
  app.get<OfHold>('/holds/:holdId', async ({ params, query }) => {
    const hold = findHold(params.holdId);
    const { waitMs } = parseInput(holdQuery, query);
    await controls.until(() => hold.state() !== 'armed', waitMs).catch(() => undefined);
    return show(hold);
  });
  app.post<OfHold>('/holds/:holdId/release', ({ params }) => {
    const hold = findHold(params.holdId);
    hold.release();
    return show(hold);
  });

  app.get('/ledger', ({ query }) => ({
    entries: controls.ledger(parseInput(filter, query).connectionId),
  }));
  app.get('/deliveries', ({ query }) => ({
    deliveries: controls.deliveries(parseInput(filter, query).connectionId),
  }));
  app.post('/events', async ({ body }, reply) =>
    reply.status(201).send(await controls.emit(parseInput(emission, body))),
  );
  app.put('/webhook-target', ({ body }, reply) => {
    const { url, ...target } = parseInput(webhookTarget, body);
    setWebhookTarget(url, target);
    return reply.status(204).send();
  });
}

function show({ id, connectionId, point, state }: Hold) {
  return { id, connectionId, point, state: state() };
}
