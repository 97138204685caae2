import { z } from 'zod';

interface Problem {
  readonly status: number;
  readonly title: string;
  /** After how long it is worth asking again, unless the one that is thrown says otherwise. */
  readonly retryAfterSeconds?: number;
}

/** Every kind of error the API answers with. The keys become the stable `type`s; wording may change, they may not. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'Invalid request' },
  'malformed-http': { status: 400, title: 'Malformed HTTP request' },
  unauthorized: { status: 401, title: 'Missing or invalid API key' },
  'invalid-signature': { status: 401, title: 'Invalid webhook signature' },
  'origin-not-allowed': { status: 403, title: 'Origin not allowed' },
  'no-such-route': { status: 404, title: 'No such route' },
  'refresh-not-found': { status: 404, title: 'Refresh not found' },
  'connection-not-found': { status: 404, title: 'Connection or customer not found at Meld' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'meld-rejected': { status: 409, title: 'Meld refused this for the connection or customer' },
  'payload-too-large': { status: 413, title: 'Request body too large' },
  'uri-too-long': { status: 414, title: 'Path segment too long' },
  'unsupported-media-type': { status: 415, title: 'Unsupported content type' },
  'expectation-failed': { status: 417, title: 'Unsupported expectation' },
  'product-not-available': { status: 422, title: 'The connection does not have that product' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key came with another request before' },
  'payload-unreadable': { status: 422, title: 'A payload cannot be decrypted' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'too-many-waits': { status: 429, title: 'Too many waiting requests', retryAfterSeconds: 1 },
  'headers-too-large': { status: 431, title: 'Request headers too large' },
  internal: { status: 500, title: 'Internal server error' },
  'meld-unavailable': { status: 502, title: 'Meld did not answer as expected' },
  'meld-access-denied': { status: 502, title: 'Meld refused this server’s own API key' },
  'temporal-rejected': { status: 502, title: 'Temporal refused the operation' },
  'temporal-unavailable': { status: 503, title: 'Temporal cannot be reached', retryAfterSeconds: 2 },
  'refresh-contended': {
    status: 503,
    title: 'The connection’s refreshes open and close too fast',
    retryAfterSeconds: 2,
  },
  // No sooner than it could have been fixed: each signal makes Temporal start the run's attempts again.
  'refresh-stuck': { status: 503, title: 'The open refresh does not get on', retryAfterSeconds: 60 },
  // Meld's own first retry comes after a minute; the header is for people and proxies.
  'webhooks-not-configured': { status: 503, title: 'Webhooks are not configured', retryAfterSeconds: 30 },
  'shutting-down': { status: 503, title: 'This server is shutting down', retryAfterSeconds: 1 },
} as const satisfies Readonly<Record<string, Problem>>;

export type ProblemKind = keyof typeof PROBLEMS;

const inputError = z.object({
  in: z.enum(['body', 'path', 'query', 'header']),
  pointer: z.string().meta({ description: 'JSON pointer within that part.' }),
  detail: z.string(),
});
/** One wrong part of a request: where it is (RFC 6901; empty for the whole of it) and what was expected there. */
export type InputError = z.output<typeof inputError>;

interface ProblemOptions {
  readonly errors?: readonly InputError[];
  /** Sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** Thrown by handlers and hooks; the error handler turns it into the answer. `detail` goes out: no secrets. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly errors: readonly InputError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    options: ProblemOptions = {},
  ) {
    super(`${kind}: ${detail}`, options.cause === undefined ? {} : { cause: options.cause });
    this.errors = options.errors ?? [];
    const { retryAfterSeconds }: Problem = PROBLEMS[kind];
    this.retryAfterSeconds = options.retryAfterSeconds ?? retryAfterSeconds;
  }

  get status(): number {
    return PROBLEMS[this.kind].status;
  }
}

/** RFC 9457, with the request's id and, for wrong input, what is wrong with each part. */
export const problemDocument = z
  .object({
    type: z
      .string()
      .meta({ description: 'Stable: branch on this.', examples: [problemType('invalid-request')] }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'For people; the wording may change.' }),
    instance: z.string().meta({ description: 'This very occurrence.' }),
    requestId: z.string().meta({ description: 'As in the `x-request-id` header and this server’s log.' }),
    errors: z.array(inputError).exactOptional(),
  })
  .meta({ id: 'Problem' });

type ProblemDocument = z.output<typeof problemDocument>;

export const PROBLEM_JSON = 'application/problem+json';

export function problemType(kind: ProblemKind): string {
  return `urn:meld-refresh:problem:${kind}`;
}

export function toProblemDocument(problem: ProblemError, requestId: string): ProblemDocument {
  const { status, title } = PROBLEMS[problem.kind];
  return {
    type: problemType(problem.kind),
    title,
    status,
    detail: problem.detail,
    instance: `urn:meld-refresh:request:${requestId}`,
    requestId,
    ...(problem.errors.length === 0 ? {} : { errors: [...problem.errors] }),
  };
}
