import type { Connection } from '../../refresh/model/connection';
import { isConnectionId } from '../../refresh/model/connection-id';
import { connectionSchema } from './connection-schema';
import { parseReply, type MeldReply } from '../http/meld-reply';
import type { Transport } from '../http/transport';

/**
 * `GET /bank-linking/connections/{connectionId}`: free. Never throws.
 * A text that can be no id is `not_found` without asking: in a path it could mean something else.
 */
export async function getConnection(
  transport: Transport,
  connectionId: string,
): Promise<MeldReply<Connection>> {
  if (!isConnectionId(connectionId)) return { reply: 'not_found', httpStatus: 404, requestId: null };
  const path = `/bank-linking/connections/${encodeURIComponent(connectionId)}`;
  const asked = connectionSchema.refine(({ id }) => id === connectionId, {
    path: ['id'],
    error: 'expected the id that was asked for',
  });
  return parseReply(await transport.send({ method: 'GET', path }), asked);
}
