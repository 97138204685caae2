import type { Aggregations } from './aggregation';
import type { EventPublisher } from '../webhooks/publisher';
import type { ConnectionState } from '../state/connection';
import { inBackground } from '../time/in-background';
import { MeldError, orNotFound } from '../meld-error';
import type { Random } from '../state/random';
import { EVENTS, REPAIRABLE_ACTIVE_REASONS, UNREPAIRABLE } from '../state/meld-enums';

export function makeRepairs(deps: {
  readonly now: () => number;
  readonly random: Random;
  readonly publisher: EventPublisher;
  readonly aggregations: Aggregations;
}) {
  const { now, random, publisher, aggregations } = deps;

  const sessions = new Map<string, ConnectionState>();
  const mustBeRepairable = ({ status, statusReason }: ConnectionState): void => {
    const healthy = status === 'ACTIVE' && !REPAIRABLE_ACTIVE_REASONS.has(statusReason ?? '');
    if (healthy || UNREPAIRABLE.has(status)) {
      throw new MeldError(409, `A connection in status ${status} has nothing to repair.`);
    }
  };

  return {
    /**
     * The answer to POST /bank-linking/connect/repair. Token and URL are credentials of the customer.
     * @throws MeldError 409 when the status has nothing to repair.
     */
    begin(connection: ConnectionState, simulatorUrl: string) {
      mustBeRepairable(connection);
      const connectToken = random.id();
      sessions.set(connectToken, connection);
      return {
        id: random.id(),
        institutionId: connection.institutionId,
        connectToken,
        widgetUrl: `${simulatorUrl}/widget?connectToken=${connectToken}`,
      };
    },
    /** The connection that a token was made for. @throws MeldError 404 when there is none. */
    find: (connectToken: string): ConnectionState =>
      orNotFound(sessions.get(connectToken), 'There is no repair of that token.'),
    /** The customer has done it: both webhooks, and the aggregation that follows. */
    complete(connection: ConnectionState): void {
      mustBeRepairable(connection);
      const atMs = now();
      const completed = publisher.event(connection, EVENTS.completed, atMs);
      publisher.changeStatus(connection, { status: 'ACTIVE', statusReason: null }, atMs, [completed]);
      const { afterMs } = connection.plan.aggregation;
      inBackground(aggregations.start({ connection, afterMs }));
    },
  };
}
