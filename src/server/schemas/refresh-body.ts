import { z } from 'zod';
import { durationMs } from '../../refresh/model/duration';
import { instantMs } from '../../refresh/model/instant';
import { PRODUCTS } from '../../refresh/model/product';
import type { RefreshRequest } from '../../refresh/model/request';
import { meldId } from './path-params';

/** Beyond a month a run would outlive what most Temporal namespaces keep. */
const LONGEST_DEADLINE_MS = 30 * 86_400_000;
/** Meld's data of a year ago is no answer to “how fresh”. */
const LONGEST_AGE_MS = 366 * 86_400_000;
/** How far a caller's clock may run before ours before its "now" counts as the future. */
const CLOCK_LEEWAY_MS = 5_000;

/** What the path and the server say in place of the caller. */
type Withheld = 'connectionId' | 'idempotencyKey' | 'notBefore' | 'lastCall' | 'idempotencyKeys' | 'policy';

function durationUpTo(longestMs: number, inWords: string) {
  const expected = {
    error: `expected a duration with its unit, such as "90s", "15m" or "3h", at most ${inWords}`,
  };
  return z
    .string(expected)
    .max(50, { ...expected, abort: true })
    .refine((text) => (durationMs(text) ?? Infinity) <= longestMs, expected);
}

const INSTANT = {
  error: 'expected an RFC 3339 instant with a time zone, such as "2026-03-01T12:00:00Z"',
  abort: true,
};

interface BodyOptions {
  readonly now: () => number;
}

const PRIORITY = {
  interactive: 'What goes first where work queues up: `interactive` (default), or `bulk`.',
  bulk: 'What goes first where work queues up: `interactive`, or `bulk` (default here).',
};

/** What both ways of asking for a refresh take. */
function sharedFields({ now }: BodyOptions, priority: keyof typeof PRIORITY) {
  return {
    products: z
      .array(z.enum(PRODUCTS, { error: `expected one of ${PRODUCTS.join(', ')}` }), {
        error: 'expected a list of products, such as ["BALANCES"]',
      })
      .min(1, { error: 'expected at least one product; leave the field out for all of the connection’s' })
      .max(PRODUCTS.length, { error: `expected at most ${PRODUCTS.length} products, each once` })
      .meta({ description: 'Default: all products of the connection.' })
      .exactOptional(),
    freshSince: z
      .string(INSTANT)
      .max(50, INSTANT)
      .refine((text) => instantMs(text) !== null, INSTANT)
      .refine((text) => (instantMs(text) ?? 0) <= now() + CLOCK_LEEWAY_MS, {
        error: 'expected an instant that is not in the future',
      })
      .meta({
        description:
          'RFC 3339. Data aggregated at or after it satisfies you. Default: the moment of the request.',
        format: 'date-time',
      })
      .exactOptional(),
    maxAge: durationUpTo(LONGEST_AGE_MS, 'one year')
      .meta({
        description: 'The friendly form of `freshSince`: now less this. Only one of the two may be given.',
        examples: ['15m'],
      })
      .exactOptional(),
    giveUpAfter: durationUpTo(LONGEST_DEADLINE_MS, '30 days')
      .meta({ description: 'The deadline, counted from the request.', examples: ['24h'] })
      .exactOptional(),
    onRateLimit: z
      .enum(['wait', 'return'], { error: 'expected "wait" or "return"' })
      .meta({
        description:
          'Wait out a provider’s window (default), or end `rate_limited` with `nextAllowedAt` at once.',
      })
      .exactOptional(),
    onRepair: z
      .enum(['return', 'wait'], { error: 'expected "return" or "wait"' })
      .meta({
        description:
          'End `repair_required` at once (default), or wait for the customer’s repair until the deadline.',
      })
      .exactOptional(),
    maxCharges: z
      .int({ error: 'expected a whole number, 1 or more' })
      .min(1, { error: 'expected a whole number, 1 or more' })
      .meta({
        description: 'How many calls may be charged at most; never more than the server’s configured limit.',
      })
      .exactOptional(),
    priority: z
      .enum(['interactive', 'bulk'], { error: 'expected "interactive" or "bulk"' })
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
    if (issue.code === 'unrecognized_keys') {
      const unknown = (issue.keys ?? []).map((key) => JSON.stringify(key.slice(0, 60))).slice(0, 5);
      return `unknown field ${unknown.join(', ')}; expected only ${fields.join(', ')}`;
    }
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
