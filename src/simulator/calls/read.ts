import type { Meld } from '../meld';
import { plannedError } from '../meld-error';
import { toMeldConnection, type ConnectionState, type MeldConnection } from '../state/connection';
import type { CallReply } from './refresh';

/** The truth, whatever the plan says of reads. */
export function viewConnection(
  { clock, connections, accountId }: Meld,
  connection: ConnectionState,
): MeldConnection {
  clock.catchUp(connection.planned);
  return toMeldConnection(connection, connections.duplicatesOf(connection), accountId);
}

/** One GET, as the plan answers it. @throws MeldError */
export function readConnection(meld: Meld, connectionId: string): CallReply {
  const connection = meld.connections.get(connectionId);
  const { reads } = connection.plan;
  const step = reads[Math.min(connection.reads, reads.length - 1)];
  connection.reads += 1;
  if (step?.read === 'error') throw plannedError(step.status);
  if (step?.read === 'cut' || step?.read === 'garbled') return { reply: step.read };
  return { reply: 'answered', body: viewConnection(meld, connection) };
}
