import type { RefreshRequest } from '../../client';
import { parseRequest } from '../../refresh/input/parse-request';
import { inOptionNames } from '../usage-error';

/** The options of `refresh` that are part of the request, as they were typed. */
export interface RequestOptions {
  readonly products?: string;
  readonly maxAge?: string;
  readonly freshSince?: string;
  readonly giveUpAfter?: string;
  readonly maxCharges?: string;
  readonly onRateLimit?: string;
  readonly onRepair?: string;
  readonly priority?: string;
  readonly customer?: string;
  readonly idempotencyKey?: string;
}

/** What is asked of every connection. */
export type SharedRequest = Omit<RefreshRequest, 'connectionId'>;

/** @throws UsageError that names the first option that is wrong. */
export function readRequestOptions(options: RequestOptions): SharedRequest {
  const { products, maxCharges, customer } = options;
  const { maxAge, freshSince, giveUpAfter, onRateLimit, onRepair, priority, idempotencyKey } = options;
  try {
    const { connectionId: _, ...request } = parseRequest({
      connectionId: 'any',
      maxAge,
      freshSince,
      giveUpAfter,
      onRateLimit,
      onRepair,
      priority,
      idempotencyKey,
      customerId: customer,
      products: products?.split(',').map((product) => product.trim().toUpperCase()),
      maxCharges: maxCharges !== undefined && /^\d+$/.test(maxCharges) ? Number(maxCharges) : maxCharges,
    });
    return request;
  } catch (error) {
    throw inOptionNames(error);
  }
}
