import { z } from 'zod';
import { REQUEST_CHECKS } from '../../refresh/input/parse-request';
import { instantMs } from '../../refresh/model/instant';
import { PRODUCTS } from '../../refresh/model/product';
import { ON_RATE_LIMIT, ON_REPAIR, PRIORITIES, type RefreshRequest } from '../../refresh/model/request';
import type { RouteDeps } from '../server-deps';
import { asCore } from './as-core';
import { meldId } from './path-params';
import { unknownNames } from './strict-query';

/** What the path and the server say in place of the caller. */
type Withheld = 'connectionId' | 'idempotencyKey' | 'notBefore' | 'lastCall' | 'idempotencyKeys' | 'policy';

type BodyOptions = Pick<RouteDeps, 'maxCharges' | 'now'>;

/** 5 s: so far a caller's clock may run before ours before its “now” counts as the future, which would hold up others. */
const CLOCK_LEEWAY_MS = 5_000;

const PRIORITY = {
  interactive: 'What goes first where work queues up: `interactive` (default), or `bulk`.',
  bulk: 'What goes first where work queues up: `interactive`, or `bulk` (default here).',
};

/** What both ways of asking for a refresh take. */
function sharedFields({ maxCharges, now }: BodyOptions, priority: keyof typeof PRIORITY) {
  return {
    products: z
      .array(z.enum(PRODUCTS, { error: `expected one of ${PRODUCTS.join(', ')}` }), {
        error: 'expected a list of products, such as ["BALANCES"]',
      })
      .min(1, { error: 'expected at least one product; leave the field out for all of the connection’s' })
      .max(PRODUCTS.length, { error: `expected at most ${PRODUCTS.length} products, each once` })
      .meta({ description: 'Default: all products of the connection.' })
      .exactOptional(),
    freshSince: asCore(REQUEST_CHECKS.freshSince)
      .refine((text) => !((instantMs(text) ?? 0) > now() + CLOCK_LEEWAY_MS), {
        error: 'expected an instant that is not in the future',
      })
      .meta({
        description:
          'RFC 3339. Data aggregated at or after it satisfies you. Default: the moment of the request.',
        format: 'date-time',
      })
      .exactOptional(),
    maxAge: asCore(REQUEST_CHECKS.maxAge)
      .meta({
        description: 'The friendly form of `freshSince`: now less this. Only one of the two may be given.',
        examples: ['15m'],
      })
      .exactOptional(),
    giveUpAfter: asCore(REQUEST_CHECKS.giveUpAfter)
      .meta({ description: 'The deadline, counted from the request: at most 90 days.', examples: ['24h'] })
      .exactOptional(),
    onRateLimit: z
      .enum(ON_RATE_LIMIT, { error: 'expected "wait" or "return"' })
      .meta({
        description:
          'Wait out a provider’s window (default), or end `rate_limited` with `nextAllowedAt` at once.',
      })
      .exactOptional(),
    onRepair: z
      .enum(ON_REPAIR, { error: 'expected "wait" or "return"' })
      .meta({
        description:
          'End `repair_required` at once (default), or wait for the customer’s repair until the deadline.',
      })
      .exactOptional(),
    maxCharges: z
      .int({ error: 'expected a whole number, 1 or more' })
      .min(1, { error: 'expected a whole number, 1 or more' })
      .overwrite((asked) => Math.min(asked, maxCharges))
      .meta({
        description: 'How many calls may be charged at most; never more than the server’s configured limit.',
      })
      .exactOptional(),
    priority: z
      .enum(PRIORITIES, { error: 'expected "interactive" or "bulk"' })
      .meta({ description: PRIORITY[priority] })
      .exactOptional(),
  } satisfies Record<Exclude<keyof RefreshRequest, Withheld | 'customerId'>, z.ZodType>;
}

const oneOfFreshness = {
  error: 'expected only one of freshSince and maxAge: they say the same',
  path: ['maxAge'],
};

const notBoth = (body: { readonly freshSince?: string; readonly maxAge?: string }) =>
  body.freshSince === undefined || body.maxAge === undefined;

/** Names the field nobody knows and those that there are; everything else keeps zod's words. */
function bodyErrors(fields: readonly string[]) {
  return (issue: { readonly code?: string; readonly keys?: readonly string[] }): string | undefined => {
    if (issue.code === 'unrecognized_keys') return unknownNames('field', issue.keys, fields);
    return issue.code === 'invalid_type' ? 'expected a JSON object' : undefined;
  };
}

/** Body of a refresh of one connection: `RefreshRequest` less what the path and the server say. */
export function makeRefreshBody(options: BodyOptions) {
  const fields = {
    ...sharedFields(options, 'interactive'),
    customerId: meldId.meta({ description: 'Meld’s customer id, to find the refresh by.' }).exactOptional(),
  };
  return z.strictObject(fields, { error: bodyErrors(Object.keys(fields)) }).refine(notBoth, oneOfFreshness);
}

/** Body of a refresh of all connections of a customer. */
export function makeCustomerRefreshBody(options: BodyOptions) {
  const fields = sharedFields(options, 'bulk');
  return z.strictObject(fields, { error: bodyErrors(Object.keys(fields)) }).refine(notBoth, oneOfFreshness);
}
