import { z } from 'zod';
import { CONNECTION_ID } from '../../refresh/model/connection-id';

const expected = 'expected 1 to 128 letters, digits, "_" or "-"';

/** An id of Meld's. */
export const meldId = z.string({ error: expected }).regex(CONNECTION_ID, { error: expected });

// The page of the reference sends a parameter's example as it stands: `healthy` is a connection of the simulated Meld.
export const connectionPath = z.object({
  connectionId: meldId.meta({
    description: 'The connection’s id, as Meld gave it. The simulated Meld has `healthy`.',
    examples: ['healthy'],
  }),
});

export const customerPath = z.object({
  customerId: meldId.meta({ description: 'The customer’s id, as Meld gave it.' }),
});

export const runPath = connectionPath.extend({
  runId: z.guid({ error: 'expected a run id: a UUID, as `refresh.runId` has it' }).meta({
    description: 'One run of the connection’s refresh: `refresh.runId` of the answer that started it.',
  }),
});

/** The headers of a request for refreshes. */
export const refreshHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, { error: 'expected 1 to 255 printable ASCII characters' })
    .meta({
      description:
        'Makes repeating safe for 24 hours: the same key with the same body gets the run that its first use got, open ' +
        'or ended, and never a second call; with another body 422. Such as `transfer-8731`: one of your own for each wish.',
    })
    .exactOptional(),
});

/** Where a run can be read. */
export function refreshLocation({ connectionId, runId }: { connectionId: string; runId: string }): string {
  return `/v1/connections/${encodeURIComponent(connectionId)}/refreshes/${encodeURIComponent(runId)}`;
}
