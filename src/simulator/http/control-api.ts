import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { digitsAsNumber } from '../../lib/digits';
import type { AggregationInput, Emission } from '../controls';
import { orNotFound, parseInput } from '../meld-error';
import type { ConnectionChange, ConnectionSpec } from '../state/connection-spec';
import type { Hold, HoldPoint } from '../state/holds';
import { webhookUrl } from '../state/profiles';
import type { AppDeps, OfConnection } from './app';

interface OfHold {
  Params: { holdId: string };
}

const creation = z.strictObject({
  connections: z.custom<ConnectionSpec[]>(Array.isArray, 'expected a list'),
});
/** 8 MB: some thousand connections in one call. */
const CREATION_BODY_BYTES = 8 * 1024 * 1024;
const filter = z.object({ connectionId: z.string().optional() });
const holdBody = z.strictObject({ point: z.custom<HoldPoint>().optional() }).prefault({});
/** Half a minute at most, so that no proxy loses patience before we do. */
const holdQuery = z.object({
  waitMs: z.preprocess(digitsAsNumber, z.number().min(0).max(30_000)).default(0),
});
const webhookTarget = z.strictObject({
  url: webhookUrl,
  secret: z.string().min(1).max(200).exactOptional(),
  deliverTo: webhookUrl.exactOptional(),
});

/** `Controls` over HTTP, below `/_control/`. Bodies are handed on as they come: the controls parse them. */
export function controlApi(
  app: FastifyInstance,
  { controls, meld, setWebhookTarget }: AppDeps,
  done: () => void,
): void {
  const findHold = (holdId: string): Hold =>
    orNotFound(meld.holds.find(holdId), 'There is no hold of that id.');

  app.get('/health', () => ({ status: 'ok' }));
  app.post('/reset', (_request, reply) => {
    controls.reset();
    return reply.status(204).send();
  });

  app.post('/connections', { bodyLimit: CREATION_BODY_BYTES }, (request, reply) => {
    const { connections } = parseInput(creation, request.body);
    return reply.status(201).send({ connections: controls.createConnections(connections) });
  });
  app.get('/connections', () => ({ connections: controls.connections() }));
  app.get<OfConnection>('/connections/:connectionId', ({ params }) =>
    controls.connection(params.connectionId),
  );
  app.patch<OfConnection & { Body: ConnectionChange }>('/connections/:connectionId', ({ params, body }) =>
    controls.updateConnection(params.connectionId, body),
  );
  app.post<OfConnection & { Body?: AggregationInput }>(
    '/connections/:connectionId/aggregate',
    async ({ params, body }) => {
      await controls.aggregate(params.connectionId, body ?? {});
      return controls.connection(params.connectionId);
    },
  );
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
  app.post<{ Body: Emission }>('/events', async ({ body }, reply) =>
    reply.status(201).send(await controls.emit(body)),
  );
  app.put('/webhook-target', ({ body }, reply) => {
    const { url, ...target } = parseInput(webhookTarget, body);
    setWebhookTarget(url, target);
    return reply.status(204).send();
  });
  done();
}

function show({ id, connectionId, point, state }: Hold) {
  return { id, connectionId, point, state: state() };
}
