import { durationMs } from '../model/duration';
import { InvalidRequestError } from './invalid-request';
import { instantMs } from '../model/instant';
import { DEFAULT_POLICY } from '../model/policy';
import { PRODUCTS } from '../model/product';
import type { Product } from '../model/product';
import type { RefreshRequest } from '../model/request';
import { resolvePolicy } from './parse-policy';

/** Ids end up in workflow ids, URLs and queries. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;

const KNOWN_PRODUCTS: ReadonlySet<unknown> = new Set(PRODUCTS);

type Check = (value: unknown, field: string) => void;

const FIELDS: Readonly<Record<keyof RefreshRequest, Check>> = {
  connectionId: id,
  customerId: id,
  products,
  freshSince: instant,
  notBefore: instant,
  maxAge: duration,
  giveUpAfter: duration,
  onRateLimit: waitOrReturn,
  onRepair: waitOrReturn,
  maxCharges: (value, field) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
      throw new InvalidRequestError(field, 'a whole number, 1 or more', value);
    }
  },
  policy,
};

/**
 * Checks a refresh request that came from anywhere: another language, a file, an older caller.
 * @returns the same request, typed; fields that are `null` count as left out.
 * @throws InvalidRequestError that names the first field that is wrong, what was expected and what came.
 */
export function parseRequest(input: unknown): RefreshRequest {
  if (!isObject(input)) throw new InvalidRequestError('request', 'an object with a connectionId', input);
  const given = Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== null && value !== undefined),
  );
  if (given['connectionId'] === undefined) id(undefined, 'connectionId');
  for (const [field, value] of Object.entries(given)) {
    if (!isField(field)) {
      throw new InvalidRequestError('request', `only the fields ${Object.keys(FIELDS).join(', ')}`, field);
    }
    FIELDS[field](value, field);
  }
  if (given['freshSince'] !== undefined && given['maxAge'] !== undefined) {
    throw new InvalidRequestError(
      'maxAge',
      'nothing, since freshSince is given and says the same',
      given['maxAge'],
    );
  }
  return given as unknown as RefreshRequest;
}

function isField(name: string): name is keyof RefreshRequest {
  return Object.hasOwn(FIELDS, name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function id(value: unknown, field: string): void {
  if (typeof value !== 'string' || !ID.test(value)) {
    throw new InvalidRequestError(field, '1 to 128 letters, digits, "_" or "-"', value);
  }
}

function waitOrReturn(value: unknown, field: string): void {
  if (value !== 'wait' && value !== 'return')
    throw new InvalidRequestError(field, '"wait" or "return"', value);
}

function products(value: unknown, field: string): asserts value is readonly Product[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every((item) => KNOWN_PRODUCTS.has(item))) {
    throw new InvalidRequestError(field, `a list of one or more of ${PRODUCTS.join(', ')}`, value);
  }
}

function instant(value: unknown, field: string): void {
  if (typeof value !== 'string' || instantMs(value) === null) {
    throw new InvalidRequestError(field, 'an RFC 3339 instant such as "2026-03-01T12:00:00Z"', value);
  }
}

function duration(value: unknown, field: string): void {
  if (typeof value !== 'string' || durationMs(value) === null) {
    throw new InvalidRequestError(field, 'a duration such as "90s", "15m" or "3h"', value);
  }
}

function object(value: unknown, field: string): asserts value is Record<string, unknown> | undefined {
  if (value !== undefined && !isObject(value)) throw new InvalidRequestError(field, 'an object', value);
}

function policy(value: unknown, field: string): void {
  if (!isObject(value)) throw new InvalidRequestError(field, 'an object', value);
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(DEFAULT_POLICY, name)) {
      throw new InvalidRequestError(field, `only the fields ${Object.keys(DEFAULT_POLICY).join(', ')}`, name);
    }
  }
  const { poll, serverErrorBackoff, providers } = value;
  object(poll, `${field}.poll`);
  object(serverErrorBackoff, `${field}.serverErrorBackoff`);
  object(providers, `${field}.providers`);
  for (const [provider, rule] of Object.entries(providers ?? {})) {
    if (rule === undefined)
      throw new InvalidRequestError(`${field}.providers.${provider}`, 'an object', rule);
    object(rule, `${field}.providers.${provider}`);
  }
  resolvePolicy(value);
}
