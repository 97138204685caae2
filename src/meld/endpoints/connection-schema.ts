import { z } from 'zod';
import type { Connection } from '../../refresh/model/connection';
import { clip } from '../clip';
import { isConnectionId } from '../../refresh/model/connection-id';
import { normalizedInstant } from '../instant';

/** Six products exist; a list that is endless by mistake must not fill the history. */
const MAX_PRODUCTS = 50;

/** What a refresh can do without never fails the parse: absent, null or of another type, it counts as not sent. */
export const optional = <T, A>(schema: z.ZodType<T>, absent: A) =>
  schema
    .nullish()
    .catch(null)
    .transform((value) => value ?? absent);

const optionalText = optional(z.string().transform(clip), null);
const optionalProducts = optional(
  z.array(z.string().transform(clip)).transform((products) => products.slice(0, MAX_PRODUCTS)),
  [],
);

/**
 * A connection in Meld's answers (Meld, "Get an institution connection"), reduced to what a refresh needs.
 * Unknown fields, statuses and products pass; `id` and `status` must be there.
 */
export const connectionSchema: z.ZodType<Connection> = z
  .object({
    id: z.string().refine(isConnectionId, 'expected 1 to 128 of A-Z a-z 0-9 _ -'),
    status: z.string().min(1).transform(clip),
    statusReason: optionalText,
    institutionName: optionalText,
    customerId: optionalText,
    products: optionalProducts,
    optionalProducts,
    serviceProviderDetails: optional(z.object({ serviceProvider: optionalText }), null),
    successfullyAggregatedAt: z.unknown().optional(),
  })
  .transform(({ serviceProviderDetails, successfullyAggregatedAt, ...connection }) => ({
    ...connection,
    serviceProvider: serviceProviderDetails?.serviceProvider ?? null,
    ...parseTimestamp(successfullyAggregatedAt),
  }));

/** One that is there and cannot be read is not "never aggregated": it is kept as it came, to be logged. */
function parseTimestamp(
  value: unknown,
): Pick<Connection, 'successfullyAggregatedAt' | 'unreadableTimestamp'> {
  const instant = typeof value === 'string' ? normalizedInstant(value) : null;
  if (instant !== null || value === null || value === undefined) return { successfullyAggregatedAt: instant };
  const unreadable = typeof value === 'string' ? value : JSON.stringify(value);
  return { successfullyAggregatedAt: null, unreadableTimestamp: clip(unreadable) };
}
