import { isInstant } from '../model/instant';
import type { EarlierCall, LastCall } from '../model/outcome';
import { PRODUCTS } from '../model/product';
import type { IdempotencyKey, Memory } from '../model/progress';
import { isObject } from './checks';

// What a run leaves to the next one may come from another build: known fields alone are taken, and a part that cannot
// be read is no memory. Nothing here throws.

export function parseMemory(value: unknown): Memory {
  const { nextAllowedAt, lastCall, idempotencyKeys } = fieldsOf(value);
  return {
    nextAllowedAt: isInstant(nextAllowedAt) ? nextAllowedAt : null,
    lastCall: parseLastCall(lastCall),
    idempotencyKeys: listOf(idempotencyKeys).flatMap((item) => parseKey(item) ?? []),
  };
}

export function parseLastCall(value: unknown): LastCall | null {
  const call = parseCall(value);
  if (call === null) return null;
  const earlier = listOf(fieldsOf(value)['earlier']).flatMap((item) => parseCall(item) ?? []);
  return { ...call, ...(earlier.length > 0 && { earlier }) };
}

function parseCall(value: unknown): EarlierCall | null {
  const { sentAt, leftBy, products, aggregatedBefore, delivered } = fieldsOf(value);
  if (!isInstant(sentAt)) return null;
  const known = PRODUCTS.filter((product) => listOf(products).includes(product));
  if (products !== null && known.length === 0) return null;
  return {
    sentAt,
    ...(isInstant(leftBy) && { leftBy }),
    products: products === null ? null : known,
    aggregatedBefore: isInstant(aggregatedBefore) ? aggregatedBefore : null,
    ...(delivered === true && { delivered }),
  };
}

function parseKey(value: unknown): IdempotencyKey | null {
  const { key, request, freshSince, requestedAt, runId } = fieldsOf(value);
  if (typeof key !== 'string' || typeof request !== 'string') return null;
  if (!isInstant(freshSince) || !isInstant(requestedAt)) return null;
  return { key, request, freshSince, requestedAt, runId: typeof runId === 'string' ? runId : null };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
