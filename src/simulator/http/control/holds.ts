import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppDeps } from '../app-deps';
import { holdPoint } from '../../controls';
import type { Hold } from '../../state/holds';
import { MeldError, parseInput } from '../../meld-error';

const ofConnection = z.object({ connectionId: z.string() });
const ofHold = z.object({ holdId: z.string() });
const body = z.strictObject({ point: holdPoint.default('after_execution') }).prefault({});
/** Half a minute at most, so that no proxy loses patience before we do. */
const query = z.object({ waitMs: z.coerce.number().int().min(0).max(30_000).default(0) });

/** Holding the next refresh call of a connection, asking whether one is held, and letting it go. */
export function controlHolds(app: FastifyInstance, { controls, meld }: AppDeps): void {
  const find = (input: unknown): Hold => {
    const hold = meld.holds.find(parseInput(ofHold, input).holdId);
    if (!hold) throw new MeldError(404, 'There is no hold of that id.');
    return hold;
  };

  app.post('/connections/:connectionId/holds', (request, reply) => {
    const { connectionId } = parseInput(ofConnection, request.params);
    const hold = controls.hold(connectionId, parseInput(body, request.body ?? undefined).point);
    return reply.status(201).send(show(hold));
  });
  app.get('/holds/:holdId', async (request) => {
    const hold = find(request.params);
    const { waitMs } = parseInput(query, request.query);
    await controls.until(() => hold.state() !== 'armed', waitMs).catch(() => undefined);
    return show(hold);
  });
  app.post('/holds/:holdId/release', (request) => {
    const hold = find(request.params);
    hold.release();
    return show(hold);
  });
}

function show({ id, connectionId, point, state }: Hold) {
  return { id, connectionId, point, state: state() };
}
