import { z } from 'zod';
import { CONNECTION_ID } from '../../refresh/model/connection-id';

const expected = 'expected 1 to 128 letters, digits, "_" or "-"';

/** An id of Meld's. */
export const meldId = z.string({ error: expected }).regex(CONNECTION_ID, { error: expected });

const id = (whose: string) =>
  meldId.meta({ description: `${whose} id, as Meld gave it.`, examples: ['W9jpQc1HKvwscqMPcLmzUS'] });

export const connectionPath = z.object({ connectionId: id('The connection’s') });

export const customerPath = z.object({ customerId: id('The customer’s') });

export const runPath = connectionPath.extend({
  runId: z.guid({ error: 'expected a run id: a UUID, as `refresh.runId` has it' }).meta({
    description: 'One run of the connection’s refresh.',
    examples: ['0198f3a6-5f0e-7c1d-9a55-0d1b3f6a2c77'],
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
