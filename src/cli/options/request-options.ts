import type { RefreshRequest } from '../../client';
import { parseRequest } from '../../refresh/input/parse-request';
import { inOptionNames } from './usage-error';

const TIMES = ['maxAge', 'freshSince', 'giveUpAfter'] as const;
const FIELDS = [...TIMES, 'onRateLimit', 'onRepair', 'priority', 'idempotencyKey'] as const;

/** The options of `refresh` that are part of the request, as they were typed. */
export type RequestOptions = {
  readonly [name in (typeof FIELDS)[number] | 'products' | 'maxCharges' | 'customer']?: string;
};

/** What is asked of every connection. */
export type SharedRequest = Omit<RefreshRequest, 'connectionId'>;

/** @throws UsageError that names the first option that is wrong. */
export function readRequestOptions(options: RequestOptions): SharedRequest {
  const { products, maxCharges, customer } = options;
  try {
    const { connectionId: _, ...request } = parseRequest({
      ...Object.fromEntries(FIELDS.map((field) => [field, options[field]])),
      connectionId: 'any',
      customerId: customer,
      products: products?.split(',').map((product) => product.trim().toUpperCase()),
      maxCharges: maxCharges !== undefined && /^\d+$/.test(maxCharges) ? Number(maxCharges) : maxCharges,
    });
    return request;
  } catch (error) {
    throw inOptionNames(error);
  }
}
