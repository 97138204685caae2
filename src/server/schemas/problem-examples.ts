import { ProblemError, type ProblemKind } from '../problems/problem';

const NO_DURATION = 'expected a duration with its unit, such as "90s", "15m" or "3h"';

/** By problem that a route may answer with: the detail of one. */
const DETAILS: Partial<Record<ProblemKind, string>> = {
  unauthorized: 'Send the header “Authorization: Bearer <API key>”.',
  'invalid-signature': 'header meld-signature: expected it exactly once.',
  'origin-not-allowed': 'Name the page’s origin in CODEC_CORS_ORIGIN.',
  'refresh-not-found':
    'No refresh of connection connection-1 is known. It may never have run, or be past the retention.',
  'connection-not-found':
    'Meld answered HTTP 404, request id GDtv8pQgwzc9HuFFBQFrww. Check the id and the environment.',
  'meld-rejected':
    'Meld answered HTTP 409, request id GDtv8pQgwzc9HuFFBQFrww. Check the id, and the status of the connection.',
  'payload-too-large': 'The body is larger than this call takes.',
  'uri-too-long': 'An id in the path is longer than 128 characters.',
  'unsupported-media-type': 'Send the body as application/json.',
  'product-not-available':
    'products: connection connection-1 does not have OWNERS. Name only what it was made with: BALANCES.',
  'idempotency-key-reused':
    'idempotencyKey: expected the request that this key first came with for connection connection-1, received another one. Repeat that request as it was, or use a new key.',
  'payload-unreadable':
    'A payload encrypted with the key "2026-01" cannot be read: no such key is configured',
  'rate-limited': 'This API key may make 600 requests a minute.',
  'too-many-waits': 'Ask without wait, or let other waiting requests end first.',
  'headers-too-large': 'Request line and headers may have 16 kB together.',
  internal: 'Tell the operator this request’s id; the log has the rest.',
  'meld-unavailable': 'Meld answered HTTP 503, request id GDtv8pQgwzc9HuFFBQFrww.',
  'meld-access-denied':
    'Meld answered HTTP 401, request id GDtv8pQgwzc9HuFFBQFrww. An operator has to check MELD_API_KEY.',
  'temporal-rejected': 'An operator has to look at this server’s log.',
  'temporal-unavailable':
    'Temporal did not start the refresh in time. Ask again, with the same idempotency key if there is one.',
  'refresh-contended':
    'The refresh of connection connection-1 is being canceled and has not ended yet. Ask again shortly.',
  'refresh-stuck':
    'Refresh 0198f3a6-5f0e-7c1d-9a55-000000000000 of connection connection-1 is stuck: its workflow task has failed 6 times. An operator has to look at the run in Temporal; deploy a fixed worker, reset the run or terminate it.',
  'webhooks-not-configured': 'Set MELD_WEBHOOK_SECRETS and MELD_WEBHOOK_URL.',
  'shutting-down': 'Ask again: another server takes over.',
};

/** One of each problem that a route may answer with. */
export const PROBLEM_EXAMPLES: readonly ProblemError[] = [
  new ProblemError('invalid-request', `body/maxAge: ${NO_DURATION}.`, {
    errors: [{ in: 'body', pointer: '/maxAge', detail: NO_DURATION }],
  }),
  ...Object.entries(DETAILS).map(([kind, detail]) => new ProblemError(kind as ProblemKind, detail)),
];
