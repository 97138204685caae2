import type { Meld } from '../meld';
import { MeldError, orNotFound } from '../meld-error';
import { inBackground } from '../state/clock';
import type { ConnectionState } from '../state/connection';
import { EVENTS, REPAIRABLE_ACTIVE_REASONS, UNREPAIRABLE } from '../state/meld-enums';
import { changeStatus, makeEvent } from '../webhooks/events';
import { aggregate } from './aggregation';

/**
 * The answer to POST /bank-linking/connect/repair. Token and URL are credentials of the customer.
 * @throws MeldError 409 when the status has nothing to repair.
 */
export function beginRepair({ random, repairs }: Meld, connection: ConnectionState, simulatorUrl: string) {
  mustBeRepairable(connection);
  const connectToken = random.id();
  repairs.set(connectToken, connection);
  return {
    id: random.id(),
    institutionId: connection.institutionId,
    connectToken,
    widgetUrl: `${simulatorUrl}/widget?connectToken=${connectToken}`,
  };
}

/** The connection that a token was made for. @throws MeldError 404 when there is none. */
export const repairedBy = ({ repairs }: Meld, connectToken: string): ConnectionState =>
  orNotFound(repairs.get(connectToken), 'There is no repair of that token.');

/** The customer has done it: both webhooks, and the aggregation that follows. */
export function completeRepair(meld: Meld, connection: ConnectionState): void {
  mustBeRepairable(connection);
  const atMs = meld.now();
  const completed = makeEvent(meld, connection, EVENTS.completed, atMs);
  changeStatus(meld, connection, { status: 'ACTIVE', statusReason: null }, atMs, [completed]);
  const { afterMs } = connection.plan.aggregation;
  inBackground(aggregate(meld, connection, { afterMs }));
}

function mustBeRepairable({ status, statusReason }: ConnectionState): void {
  const healthy = status === 'ACTIVE' && !REPAIRABLE_ACTIVE_REASONS.has(statusReason ?? '');
  if (healthy || UNREPAIRABLE.has(status)) {
    throw new MeldError(409, `A connection in status ${status} has nothing to repair.`);
  }
}
