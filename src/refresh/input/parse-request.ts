import { durationMs } from '../model/duration';
import { CONNECTION_ID } from '../model/connection-id';
import { instantMs } from '../model/instant';
import { PRODUCTS } from '../model/product';
import { ON_RATE_LIMIT, ON_REPAIR, PRIORITIES, type RefreshRequest } from '../model/request';
import type { Terms } from '../state';
import {
  count,
  duration,
  expect,
  fieldsWith,
  instant,
  isObject,
  knownFields,
  listOf,
  oneOf,
  type Check,
} from './checks';
import { InvalidRequestError, describeProblem, refuseProblems, type InputProblem } from './invalid-request';
import { policyProblems, runLength, type ResolvedPolicy } from './parse-policy';

const KNOWN_PRODUCTS: ReadonlySet<unknown> = new Set(PRODUCTS);

const id = expect(
  '1 to 128 letters, digits, "_" or "-"',
  (value) => typeof value === 'string' && CONNECTION_ID.test(value),
);
const key = expect(
  '1 to 255 printable ASCII characters',
  (value) => typeof value === 'string' && /^[\x20-\x7e]{1,255}$/.test(value),
);
const products = expect(
  `a list of one or more of ${PRODUCTS.join(', ')}`,
  (value) => Array.isArray(value) && value.length > 0 && value.every((item) => KNOWN_PRODUCTS.has(item)),
);

const WISHES = {
  products,
  freshSince: instant,
  maxAge: duration,
  giveUpAfter: runLength,
  onRateLimit: oneOf(...ON_RATE_LIMIT),
  onRepair: oneOf(...ON_REPAIR),
  maxCharges: count(1),
  priority: oneOf(...PRIORITIES),
  idempotencyKey: key,
} satisfies Partial<Record<keyof RefreshRequest, Check>>;

/** As `parseLastCall` takes it, which ignores what another build has added. */
const EARLIER_CALL: Readonly<Record<string, Check>> = {
  sentAt: instant,
  leftBy: instant,
  products: expect('a list of products, or null', (value) => value === null || isNames(value)),
  aggregatedBefore: (value, field) => (value === null ? [] : instant(value, field)),
  delivered: expect('true', (value) => value === true),
};

/** As a caller writes it: a call that is misspelt would be forgotten, and paid for again. */
const NAMED_CALL = {
  ...EARLIER_CALL,
  products: expect(
    'a list of products, or null',
    (value) => value === null || products(value, '').length === 0,
  ),
};
const CALL_REQUIRES = ['sentAt', 'products'];
const namedCalls = fieldsWith(CALL_REQUIRES, {
  ...NAMED_CALL,
  earlier: listOf(fieldsWith(CALL_REQUIRES, NAMED_CALL)),
});

/** What each field takes, wherever a request comes from: the client, HTTP, the command line and the workflow ask here. */
export const REQUEST_CHECKS: Readonly<Record<keyof RefreshRequest, Check>> = {
  connectionId: id,
  customerId: id,
  ...WISHES,
  notBefore: instant,
  lastCall: knownFields({ ...EARLIER_CALL, earlier: listOf(knownFields(EARLIER_CALL)) }),
  idempotencyKeys: expect('a list of keys', (value) => Array.isArray(value) && value.every(isObject)),
  policy: policyProblems,
};

/**
 * Checks a refresh request that came from anywhere: another language, a file, an older caller.
 * @returns the same request, typed; fields that are `null` count as left out.
 * @throws InvalidRequestError that names every field that is wrong, what was expected and what came.
 */
export function parseRequest(input: unknown): RefreshRequest {
  if (!isObject(input)) {
    throw new InvalidRequestError('request', 'an object with a connectionId', input);
  }
  const given = withoutNulls(input);
  const problems = [
    ...(given['connectionId'] === undefined ? id(undefined, 'connectionId') : []),
    ...Object.entries(given).flatMap(([field, value]) =>
      isField(field)
        ? REQUEST_CHECKS[field](value, field)
        : [
            {
              field: 'request',
              expected: `only the fields ${Object.keys(REQUEST_CHECKS).join(', ')}`,
              received: field,
            },
          ],
    ),
    ...contradictions(given),
  ];
  refuseProblems(problems);
  return given as unknown as RefreshRequest;
}

/**
 * The same of a request that its caller has written: no other build has added to it, and of a call of an earlier run nothing
 * that is misspelt or missing is ignored.
 * @throws InvalidRequestError
 */
export function parseCallersRequest(input: unknown): RefreshRequest {
  const request = parseRequest(input);
  refuseProblems(request.lastCall === undefined ? [] : namedCalls(request.lastCall, 'lastCall'));
  return request;
}

/** Another caller's request, as the core takes it. */
export interface Join {
  /** Unique per request, so that a repeated signal counts once; `null` when it has none. */
  readonly joinId: string | null;
  readonly terms: Terms;
  /** For the idempotency memory. */
  readonly request: Pick<RefreshRequest, keyof typeof WISHES>;
  readonly requestedAtMs: number;
}

/**
 * A `join` signal. It was acknowledged, so it is never dropped for its form: unknown fields are ignored, unknown
 * products are taken as wishes, and what cannot be read counts as left out.
 * @param nowMs when it arrived: a request cannot be from later
 */
export function parseJoin(
  signal: unknown,
  nowMs: number,
  policy: ResolvedPolicy,
): { readonly join: Join; readonly problems: readonly string[] } {
  const problems: InputProblem[] = [];
  const given = isObject(signal) ? withoutNulls(signal) : {};
  if (!isObject(signal)) problems.push({ field: 'join', expected: 'an object', received: signal });
  const request: Record<string, unknown> = {};
  for (const [field, check] of Object.entries(WISHES)) {
    const value = given[field];
    if (value === undefined) continue;
    const found = field === 'products' && isNames(value) ? [] : check(value, field);
    problems.push(...found);
    if (found.length === 0) request[field] = value;
  }
  const { joinId, requestedAt } = given;
  const sentMs = typeof requestedAt === 'string' ? instantMs(requestedAt) : null;
  const requestedAtMs = Math.min(sentMs ?? nowMs, nowMs);
  let terms = termsOf(request, requestedAtMs, policy, 'joined');
  if (terms.freshSinceMs > terms.deadlineMs) {
    problems.push({ field: 'freshSince', expected: BEFORE_THE_END, received: request['freshSince'] });
    terms = { ...terms, freshSinceMs: requestedAtMs - policy.coalesceMs };
  }
  return {
    join: { joinId: typeof joinId === 'string' ? joinId : null, terms, request, requestedAtMs },
    problems: problems.map(describeProblem),
  };
}

const BEFORE_THE_END = 'an instant before the deadline of the refresh';

/**
 * What a caller wants, in instants.
 * @param nowMs the moment of the request: what `maxAge`, the deadline and the default of `freshSince` count from
 * @param how one that joins is content with data that is older by `coalesce`, where it names no age
 */
export function termsOf(
  request: Pick<RefreshRequest, keyof typeof WISHES>,
  nowMs: number,
  policy: ResolvedPolicy,
  how: 'started' | 'joined',
): Terms {
  const {
    products: named,
    freshSince,
    maxAge,
    giveUpAfter,
    onRateLimit,
    onRepair,
    maxCharges,
    priority,
  } = request;
  const maxAgeMs = durationMs(maxAge ?? '');
  const defaultFreshSinceMs = how === 'joined' ? nowMs - policy.coalesceMs : nowMs;
  return {
    allProducts: named === undefined,
    products: named ?? [],
    freshSinceMs: maxAgeMs === null ? (instantMs(freshSince ?? '') ?? defaultFreshSinceMs) : nowMs - maxAgeMs,
    deadlineMs: nowMs + (durationMs(giveUpAfter ?? '') ?? policy.giveUpAfterMs),
    onRateLimit: onRateLimit ?? 'wait',
    onRepair: onRepair ?? 'return',
    maxCharges: maxCharges ?? null,
    priority: priority ?? 'interactive',
  };
}

/**
 * What makes two requests the same for an idempotency key: every wish, in a fixed order. The priority is none: what is left
 * of a bulk, asked for again one by one, gets the bulk's runs.
 */
export function fingerprint(request: Pick<RefreshRequest, keyof typeof WISHES>): string {
  const wishes: Readonly<Record<string, unknown>> = { ...request };
  const text = JSON.stringify(
    Object.keys(WISHES)
      .filter((field) => field !== 'priority')
      .map((field) => (field === 'idempotencyKey' ? 0 : (wishes[field] ?? null))),
  );
  // FNV-1a, twice with different seeds: enough to tell a mistake, not made against forgery.
  return [0x811c9dc5, 0x01000193].map((seed) => hash(text, seed).toString(16).padStart(8, '0')).join('');
}

function hash(text: string, seed: number): number {
  let value = seed;
  for (let index = 0; index < text.length; index++)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}

function contradictions({ freshSince, maxAge }: Readonly<Record<string, unknown>>): readonly InputProblem[] {
  if (freshSince === undefined || maxAge === undefined) return [];
  return [{ field: 'maxAge', expected: 'nothing beside freshSince, which says the same', received: maxAge }];
}

/**
 * A request whose data is wanted from a moment after it gives up can never be satisfied.
 * @throws InvalidRequestError
 */
export function refuseUnsatisfiable(
  { freshSince }: RefreshRequest,
  { freshSinceMs, deadlineMs }: Terms,
): void {
  if (freshSinceMs > deadlineMs) throw new InvalidRequestError('freshSince', BEFORE_THE_END, freshSince);
}

function withoutNulls(input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== null && value !== undefined),
  );
}

function isField(name: string): name is keyof RefreshRequest {
  return Object.hasOwn(REQUEST_CHECKS, name);
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}
