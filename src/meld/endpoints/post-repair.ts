import { z } from 'zod';
import { optional } from './connection-schema';
import { parseReply, type MeldReply } from '../http/meld-reply';
import type { Transport } from '../http/transport';

/** Credentials of the customer: straight to the caller, and into no log, history or search attribute. */
export interface Repair {
  readonly connectToken: string;
  readonly widgetUrl: string;
  readonly id: string | null;
  readonly institutionId: string | null;
}

const repairSchema: z.ZodType<Repair> = z.object({
  connectToken: z.string().min(1),
  widgetUrl: z.string().min(1),
  id: optional(z.string(), null),
  institutionId: optional(z.string(), null),
});

/** `POST /bank-linking/connect/repair`. Never throws. */
export async function repairConnection(
  transport: Transport,
  connectionId: string,
): Promise<MeldReply<Repair>> {
  const path = '/bank-linking/connect/repair';
  return parseReply(await transport.sendOnce({ method: 'POST', path, body: { connectionId } }), repairSchema);
}
