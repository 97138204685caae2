import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { type RefreshErrorCode, RefreshClientError } from '../../client/errors';
import { MeldError } from '../../meld/http/meld-error';
import { InvalidRequestError } from '../../refresh/input/invalid-request';
import { type InputError, type ProblemKind, ProblemError } from './problem';
import { problemFromMeld } from './problem-from-meld';

const BY_CLIENT_CODE: Readonly<Record<RefreshErrorCode, ProblemKind>> = {
  invalid_request: 'invalid-request',
  product_not_available: 'product-not-available',
  refresh_not_found: 'refresh-not-found',
  refresh_contended: 'refresh-contended',
  refresh_stuck: 'refresh-stuck',
  idempotency_conflict: 'idempotency-key-reused',
  temporal_unavailable: 'temporal-unavailable',
  temporal_rejected: 'temporal-rejected',
  // The server never asks the client for a bare result, so these would be a bug of ours.
  refresh_canceled: 'internal',
  refresh_failed: 'internal',
  result_not_ready: 'internal',
};

const BY_FASTIFY_CODE: Readonly<Record<string, readonly [ProblemKind, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send the body as application/json.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload-too-large', 'The body is larger than this call takes.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'invalid-request',
    'Content-Length differs from the length of the body.',
  ],
  FST_ERR_CTP_INVALID_JSON_BODY: [
    'invalid-request',
    'The body is not valid JSON, or has a key that no object may have, such as "__proto__".',
  ],
  FST_ERR_BAD_URL: ['invalid-request', 'The path holds a percent sign that starts no valid escape.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri-too-long', 'An id in the path is longer than 128 characters.'],
};

/**
 * The problem that stands for anything thrown while a request was served. Never throws.
 * What is not known here is `internal`, and its message does not go out.
 */
export function problemFromError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof InvalidRequestError)
    return new ProblemError('invalid-request', error.message, { cause: error });
  if (error instanceof RefreshClientError) return fromClient(error);
  if (error instanceof MeldError) return problemFromMeld(error.failure);
  if (hasZodFastifySchemaValidationErrors(error)) return fromValidation(error);
  return fromFramework(error);
}

function fromClient(error: RefreshClientError): ProblemError {
  const kind = BY_CLIENT_CODE[error.code];
  if (kind === 'internal') return internal(error);
  const detail =
    kind === 'temporal-rejected' ? 'An operator has to look at this server’s log.' : error.message;
  return new ProblemError(kind, detail, { cause: error });
}

interface ValidationError {
  readonly validationContext?: string | undefined;
  readonly validation: readonly { readonly instancePath: string; readonly message?: string }[];
}

/** Fastify's names of what is no body. */
const PARTS: Readonly<Record<string, InputError['in']>> = {
  params: 'path',
  querystring: 'query',
  headers: 'header',
};

function fromValidation({ validation, validationContext }: ValidationError): ProblemError {
  const where = PARTS[validationContext ?? ''] ?? 'body';
  // The first of each part: what has the wrong type is measured all the same, and is not too long.
  const first = validation.filter(
    ({ instancePath }, index) => validation.findIndex((one) => one.instancePath === instancePath) === index,
  );
  const errors = first.map(({ instancePath, message }): InputError => ({
    in: where,
    pointer: instancePath === '/' ? '' : instancePath,
    detail: message ?? 'not as expected',
  }));
  // All of them: a body has a dozen parts that can be wrong, and no list in it is longer than that.
  const inWords = errors.map((error) => `${error.in}${error.pointer}: ${error.detail}`);
  return new ProblemError('invalid-request', `${inWords.join('; ')}.`, { errors });
}

function fromFramework(error: unknown): ProblemError {
  if (!(error instanceof Error)) return internal(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = BY_FASTIFY_CODE[code];
  if (known !== undefined) return new ProblemError(known[0], known[1], { cause: error });
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  // The JSON parser marks what it refuses (poisoned prototypes, broken syntax) with a status and no code.
  if (status >= 400 && status < 500)
    return new ProblemError('invalid-request', error.message, { cause: error });
  return internal(error);
}

function internal(cause: unknown): ProblemError {
  return new ProblemError('internal', 'Tell the operator this request’s id; the log has the rest.', {
    cause,
  });
}
