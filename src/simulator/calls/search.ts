import { z } from 'zod';
import { digitsAsNumber } from '../../lib/digits';
import type { ConnectionState } from '../state/connection';
import { MeldError } from '../meld-error';

const commaList = z
  .string()
  .transform((list) => list.split(',').map((item) => item.trim()))
  .optional();
const text = z.string().optional();
const day = z.iso.date().optional();

export const searchQuery = z.object({
  customerId: text,
  externalCustomerId: text,
  institutionId: text,
  statuses: commaList,
  serviceProviders: commaList,
  startDate: day,
  endDate: day,
  before: text,
  after: text,
  limit: z.preprocess(digitsAsNumber, z.number().min(1).max(100)).default(25),
});
const ID_FILTERS = ['customerId', 'externalCustomerId', 'institutionId'] as const;
type SearchQuery = z.output<typeof searchQuery>;

/** Which way a list runs is not documented, and with it which of `before` and `after` leads on. */
export type SearchOrder = 'oldest_first' | 'newest_first';

/**
 * One page. `after` means created later than the connection of that key, `before` created earlier.
 * @throws MeldError 400 for a key that no connection has, or for both at once.
 */
export function searchConnections(
  oldestFirst: readonly ConnectionState[],
  query: SearchQuery,
  order: SearchOrder,
) {
  const { before, after, limit } = query;
  if (before !== undefined && after !== undefined) throw new MeldError(400, 'Give one of before and after.');
  const position = (key: string): number => {
    const index = oldestFirst.findIndex((state) => state.key === key);
    if (index < 0) throw new MeldError(400, 'There is no connection of that key.');
    return index;
  };
  const from = after === undefined ? 0 : position(after) + 1;
  const to = before === undefined ? undefined : position(before);
  const found = oldestFirst.slice(from, to).filter((state) => matches(state, query));
  if (order === 'newest_first') found.reverse();
  // Towards the start of the list, the page is the one next to the key.
  const backwards = order === 'oldest_first' ? before !== undefined : after !== undefined;
  const connections = backwards ? found.slice(-limit) : found.slice(0, limit);
  return { connections, count: connections.length, remaining: found.length - connections.length };
}

function matches(state: ConnectionState, query: SearchQuery): boolean {
  const { statuses, serviceProviders, startDate, endDate } = query;
  const created = new Date(state.createdAtMs).toISOString().slice(0, 10);
  return (
    ID_FILTERS.every((name) => query[name] === undefined || query[name] === state[name]) &&
    (statuses === undefined || statuses.includes(state.status)) &&
    (serviceProviders === undefined || serviceProviders.includes(state.serviceProvider)) &&
    (startDate === undefined || created >= startDate) &&
    (endDate === undefined || created <= endDate)
  );
}
